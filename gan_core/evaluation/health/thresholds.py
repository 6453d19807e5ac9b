"""`HealthThresholds`: the numbers at which the health rules raise an alarm."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HealthThresholds:
    """The numbers of all rules, chosen on the recorded runs of the tests.

    D's scores are probabilities, 0 .. 1, unless said otherwise. A number called `..._unmeasured` replaces another where
    nothing is known of the images, because the scores alone prove less.

    Attributes:
        min_steps: Before so many steps, only a number that is not finite is an alarm.
        min_image_steps: From so many steps on, a generator is expected to draw images ...
        min_image_travel: ... if steps times its learning rate, about how far a weight may have moved with Adam, reach
            this, too.
        learned: Frechet distance over the first one, below which images have left the random start.
        stalled: Frechet distance over the previous one, above which images do not get better ...
        diversity_gain: ... unless diversity has grown by this.
        fast_progress: Frechet distance over the previous one, below which images get better so quickly that no
            oscillation of D matters.
        near_real: Frechet distance over that of real images, below which images need not get better.
        collapsed_diversity: Diversity (1 as varied as real images) above which missing classes are no collapse.
        identical_diversity: Diversity below which images are all the same, which is a collapse even near the start.
        fooled_score_gap: D(x) - D(G(z)) below which D hardly tells real from generated images.
        fooled_energy_ratio: Energy of generated over that of real images, below which the same is true.
        d_winning_score: D(x) above and D(G(z)) below 1 - this: D is winning.
        d_winning_score_unmeasured: The same where nothing is known of the images.
        d_winning_score_unlearned: The same where images have not left the random start.
        g_winning_score_gap: D(G(z)) - D(x) above which G is winning.
        g_winning_energy_ratio: Energy of generated over that of real images, below which G is winning.
        vanished_gradient: Share of the gradient that the minimax loss passes back, below which it has vanished.
        exploding_gap: Difference of a critic's scores of real and generated images, unbounded, that is an explosion
            if it grows ...
        exploding_growth: ... by this factor over the window.
        exploding_gap_certain: Difference that is one however it grows.
        oscillation: Standard deviation over steps of D's mean score of real and generated images.
        oscillation_unmeasured: The same where nothing is known of the images.
        one_sided_score: Both scores above, or both below 1 - this: D takes nearly all images for the same.
    """

    min_steps: int = 100
    min_image_steps: int = 200
    min_image_travel: float = 0.1
    learned: float = 0.6
    stalled: float = 0.9
    diversity_gain: float = 0.05
    fast_progress: float = 0.75
    near_real: float = 3.0
    collapsed_diversity: float = 0.7
    identical_diversity: float = 0.1
    fooled_score_gap: float = 0.3
    fooled_energy_ratio: float = 2.0
    d_winning_score: float = 0.98
    d_winning_score_unmeasured: float = 0.99
    d_winning_score_unlearned: float = 0.95
    g_winning_score_gap: float = 0.1
    g_winning_energy_ratio: float = 1 / 3
    vanished_gradient: float = 0.02
    exploding_gap: float = 1000.0
    exploding_growth: float = 1.5
    exploding_gap_certain: float = 1e5
    oscillation: float = 0.18
    oscillation_unmeasured: float = 0.25
    one_sided_score: float = 0.8
