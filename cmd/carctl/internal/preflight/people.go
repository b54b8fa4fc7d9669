package preflight

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// cognitoMails is the daily limit of e-mails that an account's user pools can send without Amazon SES.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-email.html
const cognitoMails = 50

func poolMail(_ context.Context, w *world) (Line, error) {
	for _, id := range slices.Sorted(maps.Keys(w.needs.of("AWS::Cognito::UserPool"))) {
		pool := w.needs.of("AWS::Cognito::UserPool")[id]
		if pool.text("EmailConfiguration", "EmailSendingAccount") != "DEVELOPER" {
			return warn("expect no more sign-ups and forgotten passwords a day than that, or give the pool a sender of Amazon SES",
				"the pool sends by Cognito's own address: %d messages a day", cognitoMails), nil
		}
	}
	return ok("by Amazon SES"), nil
}

func mail(ctx context.Context, w *world) (Line, error) {
	if !w.needs.allows("ses:SendEmail") {
		return ok("no e-mail is sent"), nil
	}
	production, err := w.MailProduction(ctx)
	if err != nil {
		return Line{}, err
	}
	if !production {
		return warn("ask for production access: aws sesv2 put-account-details", "in the sandbox: e-mail goes to verified addresses alone, 200 a day"), nil
	}
	return ok("out of it"), nil
}

// texts checks the account's limits for SMS. A new account is in the SMS sandbox and may spend 1 USD a month.
// https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html
func texts(ctx context.Context, w *world) (Line, error) {
	if !w.needs.allows("sns:Publish") {
		return ok("no text message is sent"), nil
	}
	sandbox, err := w.TextSandbox(ctx)
	if err != nil {
		return Line{}, err
	}
	budget, err := w.TextBudget(ctx)
	if err != nil {
		return Line{}, err
	}
	if budget == "" {
		budget = "1" // the limit of a new account
	}
	if sandbox {
		return warn("leave it in the SNS console, and raise the spend limit with it", "in the sandbox: text messages go to verified numbers alone; %s USD a month", budget), nil
	}
	if planned := textSpend(w.needs); planned > 0 {
		if limit, err := strconv.ParseFloat(budget, 64); err != nil || limit > planned {
			return warn(fmt.Sprintf("aws sns set-sms-attributes --attributes MonthlySpendLimit=%.0f: CloudFormation has no resource for it", planned),
				"out of it; the account spends up to %s USD a month, and smsMonthlySpendUsd is %.0f: nothing stops text messages there", budget, planned), nil
		}
	}
	return ok("out of it; %s USD a month", budget), nil
}

// textSpend returns the monthly spend limit for SMS that the settings expect, derived from the threshold of its alarm (80 %); 0 if there
// is no alarm.
func textSpend(n Needs) float64 {
	for _, a := range n.of("AWS::CloudWatch::Alarm") {
		if at, known := a.number("Threshold"); known && a.text("MetricName") == "SMSMonthToDateSpentUSD" {
			return math.Round(at / 0.8)
		}
	}
	return 0
}
