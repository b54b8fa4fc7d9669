package connectedcar.windows;

import static connectedcar.windows.Fleet.car;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
@DisplayName("A region that goes silent")
class RegionSilenceTest {
  private static final String GOLF = "WVWZZZ1J";

  private static final String KIND = "region_silent";

  @TempDir Path dir;

  /** Ten cars in the cell of Munich and ten in that of Sydney, once a minute from 0 to 9 after noon. */
  private static Fleet fleet() {
    Fleet fleet = new Fleet();
    for (int minute = 0; minute < 10; minute++) {
      for (int n = 0; n < 10; n++) {
        fleet.drives(car(GOLF, n), minute, 48.1 + n * 0.01, 11.6);
        fleet.drives(car(GOLF, 10 + n), minute, -33.8, 151.2 - n * 0.01);
      }
    }
    return fleet;
  }

  @Test
  @DisplayName("is found in its cell alone, and is over half an hour later")
  void found() throws Exception {
    Fleet fleet = fleet();
    for (int n = 0; n < 6; n++) {
      fleet.loses(car(GOLF, n), 3, 6 + n / 10.0);
      fleet.loses(car(GOLF, n), 3, 6 + n / 10.0); // events may come twice
    }
    assertEquals(List.of(
        "region_silent over 48.0 11.5: 6 of 10 by minute 50",
        "region_silent raised 48.0 11.5: 6 of 10 by minute 10",
        "region_silent raised 48.0 11.5: 6 of 10 by minute 15",
        "region_silent raised 48.0 11.5: 6 of 10 by minute 20"), fleet.findings(dir, KIND));
  }

  @Test
  @DisplayName("has names south of the equator as well")
  void south() throws Exception {
    Fleet fleet = fleet();
    for (int n = 10; n < 20; n++) {
      fleet.loses(car(GOLF, n), 0, 7);
    }
    assertEquals("region_silent raised -34.0 151.0: 10 of 10 by minute 10", fleet.findings(dir, KIND).get(1));
  }

  @Test
  @DisplayName("is not found where too few cars, or a small share, are lost")
  void few() throws Exception {
    Fleet fleet = fleet();
    for (int n = 0; n < 4; n++) {
      fleet.loses(car(GOLF, n), 0, 7);
    }
    assertEquals(List.of(), fleet.findings(dir.resolve("few"), KIND));

    fleet = fleet().with("region.share", "0.7");
    for (int n = 0; n < 6; n++) {
      fleet.loses(car(GOLF, n), 0, 7);
    }
    assertEquals(List.of(), fleet.findings(dir.resolve("share"), KIND));
  }

  @Test
  @DisplayName("is not found where cars say goodbye, come back, or do not drive there")
  void notLost() throws Exception {
    Fleet fleet = fleet();
    for (int n = 0; n < 10; n++) {
      fleet.leaves(car(GOLF, n), 4, 7);
      fleet.connects(car(GOLF, 10 + n), 8, 8).loses(car(GOLF, 10 + n), 7, 8.1); // the new connection is known before the old one's end
      fleet.loses(car("1ACEV26S", n), 0, 7);
      fleet.loses("iotconsole-" + n, 0, 7);
    }
    assertEquals(List.of(), fleet.findings(dir, KIND));
  }

  @Test
  @DisplayName("is found although a car's messages hold one coordinate at a time")
  void halfPositions() throws Exception {
    Fleet fleet = new Fleet();
    for (int n = 0; n < 10; n++) {
      fleet.drives(car(GOLF, n), 1, 48.1, 11.6);
      fleet.telemetry.add(fleet.telemetry.get(2 * n).replace("\"Vehicle.CurrentLocation.Latitude\":48.1,", "").replace("11.6", "11.601"));
      fleet.loses(car(GOLF, n), 0, 2);
    }
    assertEquals("region_silent raised 48.0 11.5: 10 of 10 by minute 5", fleet.findings(dir, KIND).get(3));
  }
}
