package rules

import (
	"regexp"
	"strings"
)

const (
	schedulerGuide = "https://docs.aws.amazon.com/scheduler/latest/UserGuide/"
	schedulerAPI   = "https://docs.aws.amazon.com/scheduler/latest/APIReference/"
)

var schedules = []string{"CreateSchedule", "UpdateSchedule"}

var scheduler = []Rule{
	{"a schedule is at(), rate() or cron()", "scheduler", schedules, schedulerGuide + "schedule-types.html", "ValidationException", 0,
		stateless(func(m members) string {
			text := m.text("ScheduleExpression")
			return unless(at.MatchString(text) || rate(text) || cron(text), "Invalid Schedule Expression %s.", text)
		})},
	{"a flexible window has a length, and no other has one", "scheduler", schedules, schedulerAPI + "API_FlexibleTimeWindow.html", "ValidationException", 0,
		stateless(func(m members) string {
			window := m.in("FlexibleTimeWindow")
			return unless((window.text("Mode") == "FLEXIBLE") == window.has("MaximumWindowInMinutes"),
				"Invalid FlexibleTimeWindow: MaximumWindowInMinutes is needed with mode FLEXIBLE, and not allowed with mode OFF.")
		})},
	{"a schedule ends after it starts", "scheduler", schedules, schedulerAPI + "API_CreateSchedule.html", "ValidationException", 0,
		stateless(func(m members) string {
			start, started := moment(m["StartDate"])
			end, ends := moment(m["EndDate"])
			return unless(!started || !ends || end.After(start), "The EndDate you specify must come after the StartDate.")
		})},
	{"a schedule's target is an ARN, its role another", "scheduler", schedules, schedulerAPI + "API_Target.html", "ValidationException", 0,
		stateless(func(m members) string {
			target := m.in("Target")
			return unless(strings.HasPrefix(target.text("Arn"), "arn:") && strings.Contains(target.text("RoleArn"), ":iam::"),
				"Provided Arn is not in correct format.")
		})},
}

var (
	at       = regexp.MustCompile(`^at\(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\)$`)
	rateForm = regexp.MustCompile(`^rate\(([1-9]\d*) (minute|hour|day)(s?)\)$`)
)

// rate reports whether a rate expression is valid: its unit is singular for 1 and plural otherwise.
func rate(text string) bool {
	parts := rateForm.FindStringSubmatch(text)
	return parts != nil && (parts[1] == "1") == (parts[3] == "")
}

// cron reports whether a cron expression is valid: it has six fields, and one of the two day fields is "?".
func cron(text string) bool {
	inner, ok := strings.CutPrefix(text, "cron(")
	inner, closed := strings.CutSuffix(inner, ")")
	fields := strings.Fields(inner)
	return ok && closed && len(fields) == 6 && (fields[2] == "?") != (fields[4] == "?")
}
