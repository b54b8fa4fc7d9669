package main

import (
	"errors"
	"image/color"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"connectedcar/internal/httpapi/oapi"
)

// drawAlert plots the signal and shades the time of the alert. The alert's limit is not drawn, because it may apply to another quantity
// than the signal (the difference between one tyre and the others); only the text contains it.
func drawAlert(file, signal string, a oapi.Alert, samples []point) error {
	if len(samples) == 0 {
		return errors.New("no telemetry of that time is stored")
	}
	p := plot.New()
	p.Title.Text, p.X.Tick.Marker = signal, plot.TimeTicks{Format: "15:04", Time: plot.UTCUnixTime}
	if a.Unit != nil {
		p.Y.Label.Text = *a.Unit
	}
	line, low, high := make(plotter.XYs, len(samples)), samples[0].value, samples[0].value
	for n, s := range samples {
		line[n].X, line[n].Y = unix(s.at), s.value
		low, high = min(low, s.value), max(high, s.value)
	}
	if low == high {
		low, high = low-1, high+1
	}
	from, to := unix(a.FirstAt), max(unix(a.LastAt), unix(a.FirstAt)+30)
	band, err := plotter.NewPolygon(plotter.XYs{{X: from, Y: low}, {X: to, Y: low}, {X: to, Y: high}, {X: from, Y: high}})
	if err != nil {
		return err
	}
	band.Color, band.LineStyle.Width = color.RGBA{R: 0xff, G: 0xc0, B: 0xc0, A: 0xff}, 0
	drawn, err := plotter.NewLine(line)
	if err != nil {
		return err
	}
	drawn.Color = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	p.Add(band, drawn)
	return p.Save(22*vg.Centimeter, 9*vg.Centimeter, file)
}

func unix(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
