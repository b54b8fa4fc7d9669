package iam

import (
	"cmp"

	"connectedcar/cmd/localcloud/internal/front"
	"connectedcar/internal/twin/iot/gateway/actions"
)

// Observe returns an observer that records the calls of the account's functions and rules. Calls of tools and users have no application id
// and are not recorded.
func (r *Recorder) Observe(account string) front.Observer {
	return func(c *front.Call, _ *front.Answer) {
		caller := cmp.Or(c.Request.Header.Get(actions.RoleHeader), c.AppID)
		if caller == "" {
			return
		}
		r.Record(Call{Caller: caller, Service: c.Service, Operation: c.Operation, Account: account, Region: c.Region, Input: c.Input})
	}
}
