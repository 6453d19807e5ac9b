"""`Quality` as a table for people."""

from __future__ import annotations

from gan_core.evaluation.quality import Quality

COLUMNS = ("measure", "value", "real", "ideal", "meaning")


def quality_table(quality: Quality, class_names: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of text: the measure, its value, the same between two sets of real images, what is ideal, what it means."""
    q, fake, real = quality, quality.overlap, quality.overlap_floor
    subsets = f"the same with a cubic kernel, no bias; in subsets of {q.kernel_subset_size:,}"
    pair = f"sample {q.nearest_sample} and training image {q.nearest_image} are most alike"
    covered = "classes with a quarter of an even share or more"
    rows = [
        ("Frechet distance", f"{q.frechet:.2f}", f"{q.floor:.2f}", "as real", "from the features of real images"),
        ("kernel distance", f"{q.kernel_distance:.3f}", f"{q.kernel_floor:.3f}", "0", subsets),
        ("precision", f"{fake.precision:.1%}", f"{real.precision:.1%}", "as real", "samples that look real"),
        ("density", f"{fake.density:.3f}", f"{real.density:.3f}", "1", "how real they look, deaf to outliers"),
        ("recall", f"{fake.recall:.1%}", f"{real.recall:.1%}", "as real", "real images that it could have drawn"),
        ("coverage", f"{fake.coverage:.1%}", f"{real.coverage:.1%}", "as real", "real images with a sample close by"),
        ("diversity", f"{q.diversity:.3f}", f"{q.diversity_floor:.3f}", "1", "how varied samples are; 0: all alike"),
        ("copying", f"{q.copying:.1%}", "", "50%", "samples nearer to a training image than new real images are"),
        ("", "", "", "", f"100%: copies, 0%: far from all; {pair}"),
        ("classes covered", str(q.classes_covered), "", str(q.classes), covered),
        ("class imbalance", f"{q.class_imbalance:.1%}", f"{q.class_imbalance_floor:.1%}", "as real", _shares(quality)),
    ]
    if q.class_agreement is not None:
        rows.append(("class agreement", f"{q.class_agreement:.1%}", "", "100%", "samples in the class asked for"))
    if q.code is not None:
        found = "  ".join(f"{category}: {class_names[index]}" for category, index in q.code.class_of.items())
        meaning = "samples in the commonest class of their category"
        rows += [("code purity", f"{q.code.purity:.1%}", "", "100%", meaning), ("", "", "", "", found)]
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def _shares(quality: Quality) -> str:
    return "  ".join(f"{name} {share:.1%}" for name, share in quality.class_share.items())
