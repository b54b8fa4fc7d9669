package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"connectedcar/internal/device/drive"
	"connectedcar/internal/names"
)

// rehearse prints the messages that the drive would send. It needs no platform.
func (o *driveOptions) rehearse(cmd *cobra.Command) error {
	p, err := o.rehearsal()
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(cmd.OutOrStdout())
	sent := 0
	for _, c := range p.cars {
		for {
			m, ok := c.source.Next()
			if !ok || cmd.Context().Err() != nil {
				break
			}
			sent++
			if err := encoder.Encode(map[string]any{"topic": names.DefaultApplication.Topic(c.vin.ThingName(), m.Kind), "payload": m.Body}); err != nil {
				return fmt.Errorf("print message: %w", err)
			}
		}
	}
	if p.report != nil {
		o.printLog(cmd, p)
	}
	_, err = fmt.Fprintf(cmd.ErrOrStderr(), "would send %d messages of %d car(s)\n", sent, len(p.cars))
	return err
}

func (o *driveOptions) rehearsal() (plan, error) {
	if o.replay != "" {
		return o.replayed(time.Now())
	}
	cars, err := parseVINs(o.vins)
	if err != nil {
		return plan{}, err
	}
	for i := len(cars); i < o.cars || len(cars) == 0; i++ {
		cars = append(cars, drive.MadeUpVIN(fmt.Sprintf("generated %d %d", o.seed, i)))
	}
	return o.simulated(time.Now(), cars, o.powertrainBy(nil))
}
