"""Runs fleet.ipynb headless over a small lake whose answers are known."""

import os
import pathlib
import tempfile
import unittest

import duckdb
import nbclient
import nbformat

HERE = pathlib.Path(__file__).parent

# Two cars on three days, 100 samples a day: one rolls 25 km a day with a good battery, one 50 km with one that fails on the last day.
LAKE = """
COPY (
  SELECT car.vin, 'good' AS quality, strftime(DATE '2026-11-20' + CAST(d.d AS INTEGER), '%Y-%m-%d') AS day, '08' AS hour, s.signal,
    CASE s.signal
      WHEN 'Vehicle.TraveledDistance' THEN 1e6 + d.d * 1e6 + i.i * car.metres / 99
      WHEN 'Vehicle.LowVoltageBattery.CurrentVoltage' THEN CASE WHEN car.vin = 'WEAK' AND d.d = 2 THEN 11.2 ELSE 12.6 END
      ELSE 5 + i.i END AS num
  FROM (VALUES ('GOOD', 25000.0), ('WEAK', 50000.0)) car(vin, metres), range(3) d(d), range(100) i(i),
    (VALUES ('Vehicle.TraveledDistance'), ('Vehicle.LowVoltageBattery.CurrentVoltage'), ('Vehicle.Speed')) s(signal)
) TO '{folder}' (FORMAT parquet, PARTITION_BY (day, hour))
"""


class Fleet(unittest.TestCase):
    def test_the_answers_are_those_of_the_lake(self):
        with tempfile.TemporaryDirectory() as folder:
            duckdb.sql(LAKE.format(folder=f"{folder}/rows"))
            os.environ.update(LAKE_FILES=f"{folder}/rows/**/*.parquet", LAKE_TODAY="2026-11-23", MPLBACKEND="agg")
            notebook = nbformat.read(HERE / "fleet.ipynb", as_version=4)
            self.assertTrue(all(not c.get("outputs") for c in notebook.cells), "commit it without its outputs")
            nbclient.NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
        printed = "".join(o.get("text", "") for c in notebook.cells for o in c.get("outputs", []))
        self.assertIn("cars 2 km 225.0", printed)
        self.assertIn("weak batteries ['WEAK']", printed)
        self.assertIn("samples 600", printed)


if __name__ == "__main__":
    unittest.main()
