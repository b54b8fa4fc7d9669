package main

import (
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/spf13/cobra"

	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/names"
	"connectedcar/internal/tool/allowlist"
)

func vehicleCommand(t *target) *cobra.Command {
	cmd := &cobra.Command{Use: "vehicle", Short: "Keep the list of vehicles that may register", Args: cobra.NoArgs}
	cmd.AddCommand(vehicleAddCommand(t), vehicleListCommand(t), vehicleQuarantineCommand(t))
	return cmd
}

// vehicles returns the platform's table of vehicles.
func (w where) vehicles() (allowlist.Store, error) {
	table, err := w.Output(names.OutputVehiclesTable)
	if err != nil {
		return allowlist.Store{}, err
	}
	return allowlist.Store{DB: dynamodb.NewFromConfig(w.aws), Table: table, Now: time.Now}, nil
}

type vehicleList struct {
	manufacturer string
	limit        int
	json         bool
}

func vehicleListCommand(t *target) *cobra.Command {
	var o vehicleList
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the vehicles that may register",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return o.run(cmd, t) },
	}
	f := cmd.Flags()
	f.StringVar(&o.manufacturer, "manufacturer", "", "only those of this manufacturer")
	f.IntVar(&o.limit, "limit", 0, "at most so many; 0 is all")
	f.BoolVar(&o.json, "json", false, "one JSON object a line")
	return cmd
}

// listed is a vehicle in the output of `vehicle list --json`.
type listed struct {
	VIN          string `json:"vin"`
	Manufacturer string `json:"manufacturer"`
	Make         string `json:"make"`
	Model        string `json:"model"`
	ModelYear    int    `json:"modelYear"`
	Powertrain   string `json:"powertrain"`
	Status       string `json:"status"`
	RegisteredAt string `json:"registeredAt,omitempty"`
}

func (o vehicleList) run(cmd *cobra.Command, t *target) error {
	w, err := t.open(cmd.Context())
	if err != nil {
		return err
	}
	store, err := w.vehicles()
	if err != nil {
		return err
	}
	table := newTable(cmd.OutOrStdout())
	encoder := json.NewEncoder(cmd.OutOrStdout())
	if !o.json {
		printRow(table, "VIN", "MANUFACTURER", "MAKE", "MODEL", "YEAR", "POWERTRAIN", "STATUS", "REGISTERED")
	}
	n := 0
	err = store.List(cmd.Context(), o.manufacturer, func(v vehicle.Vehicle) bool {
		n++
		l := listed{string(v.VIN), v.Manufacturer, v.Make, v.Model, v.ModelYear, v.Powertrain, string(v.Status), ""}
		if !v.RegisteredAt.IsZero() {
			l.RegisteredAt = v.RegisteredAt.UTC().Format(time.RFC3339)
		}
		if o.json {
			_ = encoder.Encode(l)
		} else {
			printRow(table, l.VIN, l.Manufacturer, l.Make, l.Model, l.ModelYear, l.Powertrain, l.Status, l.RegisteredAt)
		}
		return n != o.limit
	})
	if err != nil || o.json {
		return err
	}
	return table.Flush()
}
