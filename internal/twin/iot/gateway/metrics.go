package gateway

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"connectedcar/internal/twin/iot/gateway/rules"
	"connectedcar/internal/twin/iot/mqtt/broker"
)

// metrics are the gateway's counters, all with the prefix devicegateway_.
// https://prometheus.io/docs/practices/naming/
type metrics struct {
	registry *prometheus.Registry

	connected  prometheus.Gauge
	refused    prometheus.Counter
	received   prometheus.Counter
	dropped    prometheus.Counter
	lost       prometheus.Counter
	withheld   prometheus.Counter
	violations prometheus.Counter

	queueDropped, slow prometheus.Counter

	matched, sqlFailed        *prometheus.CounterVec
	actionsDone, actionsError *prometheus.CounterVec
	missingRule               prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.connected = prometheus.NewGauge(prometheus.GaugeOpts{Name: "devicegateway_connections", Help: "Connected clients."})
	m.refused = m.counter("refused_connections_total", "Connections refused at the TLS handshake or at CONNECT.")
	m.received = m.counter("messages_received_total", "Messages that clients published and were allowed to.")
	m.dropped = m.counter("messages_dropped_total", "Messages of QoS 0 dropped because their rules' destinations were too slow.")
	m.lost = m.counter("messages_lost_total", "Messages of QoS 0 and of the gateway itself that no destination of their rule took.")
	m.withheld = m.counter("messages_unacknowledged_total", "Messages of QoS 1 not acknowledged, since no destination of their rule took them.")
	m.violations = m.counter("violations_total", "Connections ended because of what the client sent.")
	m.queueDropped = m.counter("queue_dropped_total", "Messages dropped because their subscriber's queue was full.")
	m.slow = m.counter("slow_clients_total", "Connections ended because the client took nothing that was sent to it.")
	m.missingRule = m.counter("rule_not_found_total", "Messages of Basic Ingest to rules that are not there.")
	m.matched = m.vector("rule_matches_total", "Messages that met a rule.", "rule")
	m.sqlFailed = m.vector("rule_sql_failures_total", "Messages on which a rule's SQL failed.", "rule")
	m.actionsDone = m.vector("actions_total", "Rule actions that were done.", "rule", "action")
	m.actionsError = m.vector("action_failures_total", "Rule actions that were not done.", "rule", "action")
	m.registry.MustRegister(m.connected, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// gauge registers a gauge whose value is read at each scrape.
func (m *metrics) gauge(name, help string, read func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "devicegateway_" + name, Help: help}, read))
}

// watch registers gauges for the broker's figures.
func (m *metrics) watch(b *broker.Broker) {
	m.gauge("sessions", "Sessions, of connected clients and of others.", func() float64 { return float64(b.Stats().Sessions) })
	m.gauge("queue_bytes", "Memory of messages that wait for clients, or for their acknowledgement.", func() float64 { return float64(b.Stats().QueueBytes) })
	m.gauge("retained_messages", "Retained messages.", func() float64 { return float64(b.Stats().Retained) })
}

func (m *metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: "devicegateway_" + name, Help: help})
	m.registry.MustRegister(c)
	return c
}

func (m *metrics) vector(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "devicegateway_" + name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

// engineCounter returns the counters for the rules engine.
func (m *metrics) engineCounter() rules.Counter {
	return rules.Counter{
		Matched:   func(rule string) { m.matched.WithLabelValues(rule).Inc() },
		SQLFailed: func(rule string) { m.sqlFailed.WithLabelValues(rule).Inc() },
		Succeeded: func(rule, action string) { m.actionsDone.WithLabelValues(rule, action).Inc() },
		Failed:    func(rule, action string) { m.actionsError.WithLabelValues(rule, action).Inc() },
		Missing:   m.missingRule.Inc,
	}
}
