#!/bin/sh
# All the figures of docs/benchmarks.md, in its order. On a quiet machine with two cores this takes about an hour and a
# half, most of it for the presets; GAN_DATA_DIR names the folder that holds MNIST.
#
#     bench/benchmarks.sh | tee figures.txt
set -e
cd "$(dirname "$0")/.."

python -m bench --memory --rounds 3 --seconds 1
python -m bench profile
python -m bench choices --families vanilla dcgan
python -m bench quality --plain vanilla --presets acgan dcgan cdcgan vanilla --marks 300 200 150 100 50 --limit 185 --samples 5000
python -m bench overhead --families vanilla --rounds 7 --seconds 0.5
python -m bench presets
python -m bench inference
python -m bench latency --changes 25
