#!/bin/sh
# Everything that the README's figures are taken from, in its order. On a quiet machine with two cores about two hours,
# most of it for the presets; GAN_DATA_DIR names the folder that holds MNIST.
#
#     bench/readme.sh | tee figures.txt
set -e
cd "$(dirname "$0")/.."

python -m bench --rounds 5 --seconds 1
python -m bench --families vanilla dcgan --rounds 9 --seconds 4
python -m bench --families vanilla dcgan --rounds 9 --seconds 4 --threads 2
python -m bench --families dcgan --sizes 32 64
python -m bench profile
python -m bench choices
python -m bench overhead --rounds 3
python -m bench quality --limit 900 --seeds 0 1 2
python -m bench inference
python -m bench.presets
python -m bench.latent_latency --changes 25
