package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// curve is a line of a plot: the rows of one name.
type curve struct {
	label, row string
}

// plotFile draws the results of a file into a folder. The same file gives the same pictures.
func plotFile(file, folder string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var r results
	if err := json.Unmarshal(text, &r); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for name, draw := range map[string]func(*results) (*plot.Plot, error){
		"calls.svg": calls, "latency.svg": latency, "replies.svg": replies,
	} {
		p, err := draw(&r)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := p.Save(22*vg.Centimeter, 11*vg.Centimeter, filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}

// paths are the ways of an empty call that have two hops, and the best known with one.
var paths = []curve{
	{"raw relay", "raw relay, two hops"},
	{"liveapi, lane", "whole path, lane"},
	{"liveapi, gRPC stream", "whole path, gRPC stream"},
	{"naive go-plugin, net/rpc", "naive go-plugin over net/rpc, two hops"},
	{"naive go-plugin, gRPC", "naive go-plugin over gRPC, two hops"},
	{"net/http, one hop", "net/http and JSON, one hop"},
	{"MCP SDK, one hop", "MCP Go SDK, one hop"},
}

func calls(r *results) (*plot.Plot, error) {
	p := newPlot("Calls of an empty function", "callers", "calls a second")
	return p, r.overCallers(p, func(m measured) float64 { return m.Rate })
}

func latency(r *results) (*plot.Plot, error) {
	p := newPlot("Time of a call of an empty function, median", "callers", "µs")
	return p, r.overCallers(p, func(m measured) float64 { return m.P50 })
}

func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(ticks125)
	p.Title.Padding = 3 * vg.Millimeter
	p.Add(plotter.NewGrid())
	return p
}

// overCallers has a line for each path.
func (r *results) overCallers(p *plot.Plot, pick func(measured) float64) error {
	var lines []any
	ticks := plot.ConstantTicks{}
	for _, c := range paths {
		var points plotter.XYs
		for _, row := range r.Rows {
			if row.Kind != "empty" || row.Name != c.row {
				continue
			}
			points = append(points, plotter.XY{X: float64(row.Callers), Y: pick(row.measured)})
			if tick := (plot.Tick{Value: float64(row.Callers), Label: strconv.Itoa(row.Callers)}); !slices.Contains(ticks, tick) {
				ticks = append(ticks, tick)
			}
		}
		if len(points) > 0 {
			lines = append(lines, c.label, points)
		}
	}
	p.X.Tick.Marker = ticks
	return addLines(p, lines)
}

// replies has a line for each path: p50 of one caller over the size of the reply.
func replies(r *results) (*plot.Plot, error) {
	p := newPlot("Time of a call by its reply, one caller, median", "reply", "µs")
	sizes := []string{"64 KiB", "1 MiB", "4 MiB"}
	bytes := []float64{64 << 10, 1 << 20, 4 << 20}
	var lines []any
	for _, c := range []struct{ label, row string }{
		{"raw relay", "raw relay, %s"}, {"liveapi, lane", "lane, %s"}, {"liveapi, gRPC stream", "gRPC stream, %s"},
		{"naive go-plugin, net/rpc", paths[3].row}, {"naive go-plugin, gRPC", paths[4].row},
		{"net/http, one hop", paths[5].row}, {"MCP SDK, one hop", paths[6].row},
	} {
		var points plotter.XYs
		for i, size := range sizes {
			name := c.row
			if n := len(name); name[n-2:] == "%s" {
				name = fmt.Sprintf(name, size)
			}
			if row := r.find("reply of "+size, name, 1); row != nil {
				points = append(points, plotter.XY{X: bytes[i], Y: row.P50})
			}
		}
		if len(points) > 0 {
			lines = append(lines, c.label, points)
		}
	}
	ticks := plot.ConstantTicks{}
	for i, size := range sizes {
		ticks = append(ticks, plot.Tick{Value: bytes[i], Label: size})
	}
	p.X.Tick.Marker = ticks
	return p, addLines(p, lines)
}

func addLines(p *plot.Plot, lines []any) error {
	if len(lines) == 0 {
		return fmt.Errorf("the results have no such rows")
	}
	if err := plotutil.AddLinePoints(p, lines...); err != nil {
		return err
	}
	// The legend stands at the right of the last point, so the axis is half as long again.
	p.X.Max *= math.Sqrt(p.X.Max / p.X.Min)
	// Its names stand right of their lines, since readers draw them with fonts of other widths.
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.YOffs = 13.7*vg.Centimeter, -2*vg.Millimeter
	p.Y.Min, p.Y.Max = p.Y.Min/1.3, p.Y.Max*1.3
	return nil
}

// ticks125 are 1, 2 and 5 times each power of ten.
func ticks125(least, most float64) (ticks []plot.Tick) {
	for power := math.Pow10(int(math.Floor(math.Log10(least)))); power <= most; power *= 10 {
		for _, n := range []float64{1, 2, 5} {
			if v := n * power; least <= v && v <= most {
				ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'f', -1, 64)})
			}
		}
	}
	return ticks
}
