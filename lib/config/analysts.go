package config

import (
	"regexp"
	"slices"
)

// BI configures dashboards in Amazon QuickSight.
type BI struct {
	Principals []string // ARNs of users and groups of QuickSight
}

// Notebook configures a managed notebook. It runs in the account's own network, without access to the internet.
type Notebook struct {
	SubnetID         string
	SecurityGroupIDs []string
}

var (
	principalPattern = regexp.MustCompile(`^arn:aws[a-z-]*:quicksight:[a-z0-9-]+:[0-9]{12}:(user|group)/[^*\s]+$`)
	subnetPattern    = regexp.MustCompile(`^subnet-[0-9a-f]{8,17}$`)
	groupPattern     = regexp.MustCompile(`^sg-[0-9a-f]{8,17}$`)
)

func (r reader) bi() *BI {
	chosen := r.oneOf(keyBI, "off", "off", "quicksight") == "quicksight"
	var in []string
	if value, ok := r.raw[keyBIPrincipals]; ok && !decode(value, &in) || slices.ContainsFunc(in, func(s string) bool { return !principalPattern.MatchString(s) }) {
		r.fail(keyBIPrincipals, `must be a list of ARNs of users and groups of QuickSight, like ["arn:aws:quicksight:eu-central-1:123456789012:group/default/analysts"]`)
	}
	if !chosen {
		return nil
	}
	if len(in) == 0 {
		r.fail(keyBIPrincipals, "must name who sees the dashboard, since bi is quicksight")
	}
	return &BI{Principals: in}
}

func (r reader) notebook() *Notebook {
	if r.oneOf(keyNotebook, "off", "off", "sagemaker") == "off" {
		return nil
	}
	var in struct {
		SubnetID         string   `json:"subnetId"`
		SecurityGroupIDs []string `json:"securityGroupIds"`
	}
	value, ok := r.raw[keyNotebookNetwork]
	if !ok || !decode(value, &in) || !subnetPattern.MatchString(in.SubnetID) || len(in.SecurityGroupIDs) == 0 ||
		slices.ContainsFunc(in.SecurityGroupIDs, func(s string) bool { return !groupPattern.MatchString(s) }) {
		r.fail(keyNotebookNetwork, `must be, since notebook is sagemaker, an object like {"subnetId": "subnet-0123456789abcdef0", "securityGroupIds": ["sg-0123456789abcdef0"]}`)
	}
	return &Notebook{SubnetID: in.SubnetID, SecurityGroupIDs: in.SecurityGroupIDs}
}
