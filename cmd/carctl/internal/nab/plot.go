package nab

import (
	"fmt"
	"html"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Page writes an HTML page into dir with a plot of every file: signal, windows, score and alarms.
func Page(dir, title string, files []File, scores [][]float64, threshold float64) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	var entries []entry
	for n := range files {
		f := &files[n]
		alarms := f.Alarms(scores[n], threshold)
		e := entry{f.Name, strings.ReplaceAll(strings.TrimSuffix(f.Name, ".csv"), "/", "-") + ".png",
			fmt.Sprintf("%d of %d windows found, %d false alarms, score %.2f", alarms.Found, len(f.Windows), alarms.False,
				f.Score(scores[n], threshold, Profiles()[0]))}
		if err := f.draw(filepath.Join(dir, e.Image), scores[n], threshold, alarms.Rows); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		entries = append(entries, e)
	}
	out, err := os.Create(filepath.Join(dir, "index.html")) // the operator chose the path
	if err != nil {
		return err
	}
	if err := writePage(out, title, entries); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// entry is the plot of one file.
type entry struct{ Name, Image, Text string }

// writePage does not use html/template, because templates call methods by name: the linker would then keep every method of every SDK
// client, and the test of the operator's policy reads the calls of the program from the linked methods.
func writePage(out io.Writer, title string, entries []entry) error {
	title = html.EscapeString(title)
	if _, err := fmt.Fprintf(out, head, title, title); err != nil {
		return err
	}
	for _, e := range entries {
		name, image, text := html.EscapeString(e.Name), html.EscapeString(e.Image), html.EscapeString(e.Text)
		if _, err := fmt.Fprintf(out, "<h2>%s</h2><p>%s</p><img src=\"%s\" alt=\"%s: %s\">\n", name, text, image, name, text); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out, "</html>")
	return err
}

const head = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>%s</title>
<style>body{font:15px sans-serif;max-width:1100px;margin:auto}img{width:100%%}</style>
<h1>%s</h1>
<p>Blue: the signal. Yellow: a labelled window. Grey: probation, not scored. Black, below: the score, with its threshold. Red: an alarm.</p>
`

var (
	signalColor    = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	windowColor    = color.RGBA{R: 0xff, G: 0xe0, B: 0x82, A: 0xff}
	probationColor = color.RGBA{R: 0xe8, G: 0xe8, B: 0xe8, A: 0xff}
	alarmColor     = color.RGBA{R: 0xd6, G: 0x27, B: 0x28, A: 0xff}
)

func (f *File) draw(path string, scores []float64, threshold float64, alarms []int) error {
	top, err := f.panel(f.Values, signalColor, alarms)
	if err != nil {
		return err
	}
	bottom, err := f.panel(scores, color.Black, nil)
	if err != nil {
		return err
	}
	bottom.Y.Min, bottom.Y.Max = 0, 1
	level, err := plotter.NewLine(plotter.XYs{{X: 0, Y: threshold}, {X: float64(len(scores)), Y: threshold}})
	if err != nil {
		return err
	}
	level.Color = alarmColor
	bottom.Add(level)
	image := vgimg.New(22*vg.Centimeter, 9*vg.Centimeter)
	canvas := draw.New(image)
	top.Draw(draw.Crop(canvas, 0, 0, canvas.Size().Y*0.35, 0))
	bottom.Draw(draw.Crop(canvas, 0, 0, 0, -canvas.Size().Y*0.66))
	out, err := os.Create(path) // the operator chose the path
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: image}).WriteTo(out); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}

// panel plots a line over the rows of the file, with the windows and alarms.
func (f *File) panel(values []float64, ink color.Color, alarms []int) (*plot.Plot, error) {
	p := plot.New()
	low, high := values[0], values[0]
	line := make(plotter.XYs, len(values))
	for n, v := range values {
		line[n].X, line[n].Y = float64(n), v
		low, high = min(low, v), max(high, v)
	}
	if low == high {
		high++
	}
	bands := append([]Window{{0, f.Probation()}}, f.Windows...)
	for n, w := range bands {
		band, err := plotter.NewPolygon(plotter.XYs{{X: float64(w.First), Y: low}, {X: float64(w.Last), Y: low}, {X: float64(w.Last), Y: high}, {X: float64(w.First), Y: high}})
		if err != nil {
			return nil, err
		}
		band.Color, band.LineStyle.Width = windowColor, 0
		if n == 0 {
			band.Color = probationColor
		}
		p.Add(band)
	}
	drawn, err := plotter.NewLine(line)
	if err != nil {
		return nil, err
	}
	drawn.Color, drawn.Width = ink, vg.Points(0.5)
	p.Add(drawn)
	if len(alarms) > 0 {
		dots := make(plotter.XYs, len(alarms))
		for n, row := range alarms {
			dots[n].X, dots[n].Y = float64(row), values[row]
		}
		marks, err := plotter.NewScatter(dots)
		if err != nil {
			return nil, err
		}
		marks.Color, marks.Shape, marks.Radius = alarmColor, draw.CircleGlyph{}, vg.Points(3)
		p.Add(marks)
	}
	return p, nil
}
