from bench.memory import peak, peak_of_training


def test_training_takes_memory_of_its_own():
    megabytes = peak_of_training("vanilla", 28, batch_size=8, precision="float32", device="cpu")

    # Weights, gradients, two moments and the average of two million weights are some 38 MB.
    assert 20 < megabytes < peak()
