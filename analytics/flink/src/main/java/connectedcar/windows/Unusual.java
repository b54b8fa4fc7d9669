package connectedcar.windows;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.annotation.DataTypeHint;
import org.apache.flink.table.annotation.FunctionHint;
import org.apache.flink.table.functions.AggregateFunction;
import org.apache.flink.types.Row;

/** The SQL function UNUSUAL(value, least, share): the score of the newest value of a series by those before it. */
@FunctionHint(output = @DataTypeHint("ROW<score DOUBLE, low DOUBLE, high DOUBLE>"))
public final class Unusual extends AggregateFunction<Row, Unusual.Series> {
  private static final long serialVersionUID = 1;

  /** The values of a window over the series, the oldest first. */
  public static final class Series {
    public @DataTypeHint("ARRAY<DOUBLE>") List<Double> values = new ArrayList<>();
    public double least;
    public boolean share;
  }

  @Override
  public Series createAccumulator() {
    return new Series();
  }

  /** Takes the next value. */
  public void accumulate(Series series, Double value, Double least, Boolean share) {
    series.values.add(value);
    series.least = least;
    series.share = share;
  }

  /** Takes the oldest value away. */
  public void retract(Series series, Double value, Double least, Boolean share) {
    series.values.remove(value);
  }

  @Override
  public Row getValue(Series series) {
    Baseline baseline = new Baseline();
    for (double value : series.values) {
      baseline.learn(value, series.least, series.share);
    }
    return Row.of(baseline.score(), baseline.low(), baseline.high());
  }
}
