import io

import numpy as np
import torch

from gan_core.latent import base_vectors, sheet_npz, sweep


def test_the_archive_holds_the_images_and_the_vector_of_each(conditional):
    sheet = sweep(conditional, base_vectors(conditional.latent_spec, 2, 0), [1, 8], [-3.0, 0.5])
    archive = np.load(io.BytesIO(sheet_npz(sheet)), allow_pickle=False)
    assert archive["images"].shape == (2, 2, 2, 1, 28, 28)
    assert archive["entries"].tolist() == [1, 8]
    assert archive["values"].tolist() == [-3.0, 0.5]
    assert archive["names"].tolist() == ["entry 1", "class owl"]
    assert np.array_equal(archive["base"], sheet.vectors)

    drawn = conditional.draw(torch.from_numpy(archive["vectors"]).flatten(0, 2))
    assert np.array_equal(drawn.unflatten(0, (2, 2, 2)), archive["images"])
    assert archive["vectors"][1, 0, 1, 8] == -3
