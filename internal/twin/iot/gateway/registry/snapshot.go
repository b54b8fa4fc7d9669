package registry

import (
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iot"
	"github.com/aws/aws-sdk-go-v2/service/iot/types"
	"golang.org/x/sync/errgroup"

	"connectedcar/internal/twin/iot/policy"
)

// parallel is the largest number of concurrent calls for one snapshot.
const parallel = 4

// pageSize is the largest number of certificates in one response of AWS IoT.
const pageSize = 250

// cache keeps the parsed texts of the last snapshot, so that unchanged texts are not parsed again.
type cache struct {
	cas      map[string]parsedCA
	policies map[string]parsedPolicy
	parents  map[string]string // thing group -> its parent
}

type parsedCA struct {
	text        string
	certificate *x509.Certificate
}

type parsedPolicy struct {
	text  string
	named policy.Named
}

// Snapshot implements Source. It must not be called concurrently.
func (a *AWS) Snapshot(ctx context.Context) (*Snapshot, error) {
	s := &Snapshot{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	g.Go(func() (err error) { s.CAs, err = a.authorities(ctx); return err })
	g.Go(func() (err error) { s.Rules, err = a.rules(ctx); return err })
	g.Go(func() (err error) {
		// Policies are read after certificates: for a certificate that is already active, the snapshot then contains all policies that its
		// registration attached.
		if s.Certificates, err = a.certificates(ctx); err != nil {
			return err
		}
		return a.policies(ctx, s)
	})
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return s, nil
}

func (a *AWS) certificates(ctx context.Context) (map[string]Certificate, error) {
	out := map[string]Certificate{}
	pages := iot.NewListCertificatesPaginator(a.client, &iot.ListCertificatesInput{PageSize: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list certificates: %w", err)
		}
		for _, c := range page.Certificates {
			id := aws.ToString(c.CertificateId)
			out[id] = Certificate{ID: id, ARN: aws.ToString(c.CertificateArn), Status: c.Status}
		}
	}
	return out, nil
}

func (a *AWS) authorities(ctx context.Context) (map[string]CA, error) {
	out, parsed := map[string]CA{}, map[string]parsedCA{}
	pages := iot.NewListCACertificatesPaginator(a.client, &iot.ListCACertificatesInput{PageSize: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list CA certificates: %w", err)
		}
		for _, c := range page.Certificates {
			d, err := a.client.DescribeCACertificate(ctx, &iot.DescribeCACertificateInput{CertificateId: c.CertificateId})
			if errors.Is(notFound(err), ErrNotFound) {
				continue // deleted in the meantime
			}
			if err != nil {
				return nil, fmt.Errorf("describe CA certificate %s: %w", aws.ToString(c.CertificateId), err)
			}
			ca, err := a.authority(d.CertificateDescription, parsed)
			if err != nil {
				return nil, err
			}
			out[ca.ID] = ca
		}
	}
	a.cache.cas = parsed
	return out, nil
}

func (a *AWS) authority(d *types.CACertificateDescription, parsed map[string]parsedCA) (CA, error) {
	id, text := aws.ToString(d.CertificateId), aws.ToString(d.CertificatePem)
	p, ok := a.cache.cas[id]
	if !ok || p.text != text {
		block, _ := pem.Decode([]byte(text))
		if block == nil {
			return CA{}, fmt.Errorf("CA certificate %s is not PEM", id)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return CA{}, fmt.Errorf("parse CA certificate %s: %w", id, err)
		}
		p = parsedCA{text, c}
	}
	parsed[id] = p
	return CA{
		ID: id, Certificate: p.certificate, Active: d.Status == types.CACertificateStatusActive,
		AutoRegister: d.AutoRegistrationStatus == types.AutoRegistrationStatusEnable,
		SNIOnly:      d.CertificateMode == types.CertificateModeSniOnly,
	}, nil
}

func (a *AWS) rules(ctx context.Context) ([]Rule, error) {
	var out []Rule
	pages := iot.NewListTopicRulesPaginator(a.client, &iot.ListTopicRulesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list topic rules: %w", err)
		}
		for _, item := range page.Rules {
			got, err := a.client.GetTopicRule(ctx, &iot.GetTopicRuleInput{RuleName: item.RuleName})
			var denied *types.UnauthorizedException
			if errors.As(err, &denied) || errors.Is(notFound(err), ErrNotFound) {
				continue // deleted in the meantime: AWS IoT denies access to rules that do not exist
			}
			if err != nil {
				return nil, fmt.Errorf("get topic rule %s: %w", aws.ToString(item.RuleName), err)
			}
			out = append(out, ruleOf(got.Rule))
		}
	}
	slices.SortFunc(out, func(a, b Rule) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func ruleOf(r *types.TopicRule) Rule {
	return Rule{
		Name: aws.ToString(r.RuleName), SQL: aws.ToString(r.Sql), Version: aws.ToString(r.AwsIotSqlVersion),
		Disabled: aws.ToBool(r.RuleDisabled), Actions: r.Actions, OnError: r.ErrorAction,
	}
}
