package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"connectedcar/analytics"
	objectstore "connectedcar/internal/aws/s3"
	"connectedcar/internal/names"
	"connectedcar/internal/twin/firehose"
)

// deliveryPause is the buffering interval of the local lake delivery. In the cloud it is minutes, because each object costs money.
const deliveryPause = 5 * time.Second

// startDelivery replaces the emulator's delivery stream of the lake with package firehose.
func (c *cloud) startDelivery(ctx context.Context) (string, error) {
	if c.external {
		return "left to " + c.endpoint, nil
	}
	name, err := c.platform.Output(names.OutputLakeDelivery)
	if err != nil {
		return "", err
	}
	raw, err := rawPrefix(c.path("cdk.out"))
	if err != nil {
		return "", err
	}
	cfg, err := c.aws()
	if err != nil {
		return "", err
	}
	settings, err := firehose.TakeOver(ctx, cfg, name, raw)
	if err != nil {
		return "", err
	}
	noted := c.path("run", "delivered.json")
	if err := os.Remove(noted); err != nil && !os.IsNotExist(err) { // from the stream of an emulator that has stopped
		return "", fmt.Errorf("forget how far an earlier stream was delivered: %w", err)
	}
	source, err := firehose.NewKinesis(cfg, settings.Stream, noted)
	if err != nil {
		return "", err
	}
	log, err := os.OpenFile(c.path("logs", "delivery.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return "", fmt.Errorf("open the delivery's log: %w", err)
	}
	d := &firehose.Delivery{
		Settings: settings, Source: source, Function: firehose.NewFunction(cfg, settings.Function), Objects: firehose.NewObjects(objectstore.NewClient(cfg), settings.Bucket),
		Columns: columns(), Log: slog.New(slog.NewTextHandler(log, nil)), Now: time.Now,
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer log.Close() // each line is written at once: nothing is lost
		d.Run(running, deliveryPause)
	}()
	c.stopDelivery = func() {
		stop()
		<-done
	}
	return fmt.Sprintf("rows in s3://%s every %s", settings.Bucket, deliveryPause), nil
}

// endDelivery stops the delivery, if it runs. Undelivered records are lost with the emulator.
func (c *cloud) endDelivery() {
	if c.stopDelivery != nil {
		c.stopDelivery()
		c.stopDelivery = nil
	}
}

func columns() []firehose.Column {
	var out []firehose.Column
	for _, c := range analytics.Columns() {
		out = append(out, firehose.Column{Name: c.Name, Type: c.Type})
	}
	return out
}

// deliveryStream has the members of a delivery stream in a template that hold the prefix of raw records.
type deliveryStream struct {
	Type       string
	Properties struct {
		ExtendedS3DestinationConfiguration struct {
			BucketARN             any
			S3BackupConfiguration struct {
				BucketARN any
				Prefix    string
			}
		}
	}
}

// rawPrefix is the prefix under which the templates' delivery stream stores unchanged records, its source backup.
func rawPrefix(folder string) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "assembly-*", "*.template.json"))
	if err != nil {
		return "", fmt.Errorf("look for templates: %w", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read a template: %w", err)
		}
		var template struct{ Resources map[string]json.RawMessage }
		if err := json.Unmarshal(b, &template); err != nil {
			return "", fmt.Errorf("read the template %s: %w", name, err)
		}
		for _, raw := range template.Resources {
			var d deliveryStream // other resource types may have these members with other types
			if json.Unmarshal(raw, &d) != nil || d.Type != "AWS::KinesisFirehose::DeliveryStream" {
				continue
			}
			to := d.Properties.ExtendedS3DestinationConfiguration
			if !reflect.DeepEqual(to.BucketARN, to.S3BackupConfiguration.BucketARN) {
				return "", fmt.Errorf("%s: rows and raw records have buckets of their own, which the delivery here does not do", name)
			}
			return to.S3BackupConfiguration.Prefix, nil
		}
	}
	return "", fmt.Errorf("%s has no delivery stream", folder)
}
