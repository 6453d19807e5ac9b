"""`Quality` as a table for people."""

from __future__ import annotations

from gan_core.evaluation.quality import Quality

COLUMNS = ("measure", "value", "real", "ideal", "meaning")


def quality_table(quality: Quality, class_names: tuple[str, ...]) -> list[dict[str, str]]:
    """Rows of text: the measure, its value, the same between two sets of real images, what is ideal, what it means."""
    q, fake, real = quality, quality.prdc, quality.prdc_real_vs_real
    diversity = q.diversity_real_vs_real
    features = "from the features of real images"
    subsets = f"the same with a cubic kernel, no bias; in subsets of {q.kernel_subset_size:,}"
    nearer = "samples nearer to a training image than new real images are"
    pair = f"sample {q.nearest_sample} and training image {q.nearest_image} are most alike"
    rows = [
        ("Frechet distance", f"{q.frechet:.2f}", f"{q.real_vs_real:.2f}", "as real", features),
        ("kernel distance", f"{q.kernel_distance:.3f}", f"{q.kernel_real_vs_real:.3f}", "0", subsets),
        ("precision", f"{fake.precision:.1%}", f"{real.precision:.1%}", "as real", "samples that look real"),
        ("density", f"{fake.density:.3f}", f"{real.density:.3f}", "1", "how real they look, robust to outliers"),
        ("recall", f"{fake.recall:.1%}", f"{real.recall:.1%}", "as real", "real images that it could have drawn"),
        ("coverage", f"{fake.coverage:.1%}", f"{real.coverage:.1%}", "as real", "real images with a sample close by"),
        ("diversity", f"{q.diversity:.3f}", f"{diversity:.3f}", "1", "how varied samples are; 0: all alike"),
        ("memorization", f"{q.memorization_score:.1%}", "", "50%", nearer),
        ("", "", "", "", f"100%: copies, 0%: far from all; {pair}"),
    ]
    if q.class_imbalance is not None:
        covered = "classes with a quarter of an even share or more"
        shares = "  ".join(f"{name} {share:.1%}" for name, share in q.class_share.items())
        imbalance = f"{q.class_imbalance_real_vs_real:.1%}"
        rows.append(("classes covered", str(q.classes_covered), "", str(q.classes), covered))
        rows.append(("class imbalance", f"{q.class_imbalance:.1%}", imbalance, "as real", shares))
    if q.conditional_accuracy is not None:
        asked = "samples in the class asked for"
        rows.append(("conditional accuracy", f"{q.conditional_accuracy:.1%}", "", "100%", asked))
    if q.code is not None:
        found = "  ".join(f"{category}: {class_names[index]}" for category, index in q.code.class_of.items())
        meaning = "samples in the commonest class of their category"
        rows += [("code purity", f"{q.code.purity:.1%}", "", "100%", meaning), ("", "", "", "", found)]
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]
