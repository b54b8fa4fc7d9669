// Package cost computes the platform's costs on AWS from a table of prices and named inputs: for a million telemetry messages on each
// path, and for a month. Both tables are data files in this folder, and each entry has its source. The tables in docs/cost.md are
// generated from them.
package cost

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed prices.json
var prices []byte

//go:embed inputs.json
var inputs []byte

// Price is AWS's price for a number of units.
type Price struct {
	Name   string
	USD    float64 // price of Per units, before taxes and discounts
	Per    float64
	Unit   string
	Of     string // the charge and its service
	Source string // AWS's page with the price
}

// each returns the price of one unit, in USD.
func (p Price) each() float64 { return p.USD / p.Per }

// Prices is a table of prices for one region on one day.
type Prices struct {
	Region, Date string // Date in the form 2006-01-02
	Prices       []Price
}

// Input is an assumption of the cost model.
type Input struct {
	Name   string
	Value  float64
	Unit   string
	Source string // Measured, or the source of the value
}

// Measured is the source of the inputs that this package's test measures by running the platform's own code.
const Measured = "measured"

// Book is the cost model: its prices and inputs.
type Book struct {
	Region, Date string
	prices       []Price
	inputs       []Input
	used         map[string]bool // names of the prices and inputs that were used in a computation
}

// Load reads the embedded tables. It fails if they are malformed or contain a name twice.
func Load() (*Book, error) {
	var p Prices
	if err := json.Unmarshal(prices, &p); err != nil {
		return nil, fmt.Errorf("read prices.json: %w", err)
	}
	b := &Book{Region: p.Region, Date: p.Date, prices: p.Prices, used: map[string]bool{}}
	if err := json.Unmarshal(inputs, &b.inputs); err != nil {
		return nil, fmt.Errorf("read inputs.json: %w", err)
	}
	names := map[string]bool{}
	for _, p := range b.prices {
		if names[p.Name] || p.USD <= 0 || p.Per <= 0 || p.Source == "" {
			return nil, fmt.Errorf("prices.json: %q is there twice, or lacks its price or source", p.Name)
		}
		names[p.Name] = true
	}
	for _, i := range b.inputs {
		if names[i.Name] || i.Value <= 0 || i.Source == "" {
			return nil, fmt.Errorf("inputs.json: %q is there twice, or lacks its value or source", i.Name)
		}
		names[i.Name] = true
	}
	return b, nil
}

// Inputs returns the inputs, in the order of their file.
func (b *Book) Inputs() []Input { return b.inputs }

// Unused returns the names of the prices and inputs that no computation has used so far.
func (b *Book) Unused() []string {
	var names []string
	for _, p := range b.prices {
		if !b.used[p.Name] {
			names = append(names, p.Name)
		}
	}
	for _, i := range b.inputs {
		if !b.used[i.Name] {
			names = append(names, i.Name)
		}
	}
	return names
}

// price returns the price with that name. It panics if there is none, which is a programming error.
func (b *Book) price(name string) Price {
	for _, p := range b.prices {
		if p.Name == name {
			b.used[name] = true
			return p
		}
	}
	panic("cost: no price " + name)
}

// input returns the value of the input with that name. It panics if there is none, which is a programming error.
func (b *Book) input(name string) float64 {
	for _, i := range b.inputs {
		if i.Name == name {
			b.used[name] = true
			return i.Value
		}
	}
	panic("cost: no input " + name)
}

// Line is one charge of a bill.
type Line struct {
	What     string
	Quantity float64
	Price    Price
}

// USD returns the amount of the line.
func (l Line) USD() float64 { return l.Quantity * l.Price.each() }

// Path is a path of messages, with its charges for a million messages.
type Path struct {
	Name  string
	Lines []Line
}

// USD returns the sum of the lines.
func (p Path) USD() float64 {
	sum := 0.0
	for _, l := range p.Lines {
		sum += l.USD()
	}
	return sum
}

// charge returns a line for a quantity of units at the named price.
func (b *Book) charge(what string, quantity float64, price string) Line {
	return Line{What: what, Quantity: quantity, Price: b.price(price)}
}
