# GAN Workshop in a container, for a Hugging Face Docker Space or any other host. See docs/hosting.md.
#
#   docker build -t gan-workshop .
#   docker run -p 8501:8501 -v gan-workshop:/home/user/gan gan-workshop

FROM python:3.12-slim

# Spaces run containers as uid 1000.
RUN useradd --create-home --uid 1000 user
USER user
ENV HOME=/home/user \
    PATH=/home/user/.local/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_WAIT_POLICY=PASSIVE
WORKDIR /home/user/app

# torch and torchvision first, together and from one index: a pair of two builds does not load. The CPU builds spare
# some 5 GB of CUDA libraries; for a GPU build with --build-arg TORCH_INDEX=https://pypi.org/simple
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN pip install --no-cache-dir --user --index-url "$TORCH_INDEX" "torch>=2.9,<3" "torchvision>=0.24"

COPY --chown=user requirements.txt .
RUN pip install --no-cache-dir --user -r requirements.txt

COPY --chown=user . .

# A volume that is mounted here keeps its owner, so the folder belongs to the user from the beginning.
RUN mkdir /home/user/gan
ENV GAN_HOME=/home/user/gan

EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=90s \
    CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/api/health', timeout=4)"

# A Space shows the app in a frame of another site, where the cookie of the XSRF check does not arrive and every upload
# would fail with 403. The check guards uploads only; away from a Space leave the flag out.
CMD ["streamlit", "run", "app.py", "--server.port=8501", "--server.address=0.0.0.0", "--server.headless=true", \
     "--server.enableXsrfProtection=false"]
