package connectedcar.windows;

/**
 * The score of the telemetry function's baselines (internal/domain/anomaly/base.go): a robust mean and mean distance from it, and sums of
 * what lasts beyond them. Numbers are as wide as there, so that both have the same scores.
 */
final class Baseline {
  private static final double MAD_TO_DEVIATION = 1.2533;
  private static final double LEARNT = Definitions.score("learnt");
  private static final double SLOWEST = Definitions.score("slowest");
  private static final double CLIP_AT = Definitions.score("clipAt");
  private static final double FAR_AT = Definitions.score("farAt");
  private static final double SLACK = Definitions.score("slack");
  private static final double LASTS_AT = Definitions.score("lastsAt");

  private float mean;
  private float distance;
  private float count;
  private float up;
  private float down;
  private double least;

  /**
   * Judges a value by those before, and learns it.
   *
   * @param of least distance that matters, in the value's unit, or as a share of the usual value
   */
  void learn(double value, double of, boolean share) {
    least = share ? of * Math.max(mean, 1e-6) : of;
    if (count == 0) {
      mean = (float) value;
      distance = (float) (least / FAR_AT);
      count = 1;
      return;
    }
    double scale = scale();
    double z = (value - mean) / scale;
    if (count >= LEARNT) {
      double held = clip(z, 2 * FAR_AT);
      up = (float) Math.min(2 * LASTS_AT, Math.max(0, up + held - SLACK));
      down = (float) Math.min(2 * LASTS_AT, Math.max(0, down - held - SLACK));
    }
    double weight = Math.max(1.0 / (count + 1.0), SLOWEST);
    double clipped = clip(z, CLIP_AT) * scale;
    mean += (float) (weight * clipped);
    distance += (float) (weight * (Math.abs(clipped) - distance));
    count = (float) Math.min(count + 1.0, 1e6);
  }

  /** More than 1 is unusual. */
  double score() {
    return Math.max(up, down) / LASTS_AT;
  }

  /** The lowest value that is usual. */
  double low() {
    return mean - FAR_AT * scale();
  }

  /** The highest value that is usual. */
  double high() {
    return mean + FAR_AT * scale();
  }

  private double scale() {
    return Math.max(MAD_TO_DEVIATION * distance, least / FAR_AT);
  }

  private static double clip(double z, double at) {
    return Math.min(Math.max(z, -at), at);
  }
}
