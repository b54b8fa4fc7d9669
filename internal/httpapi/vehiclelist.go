package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"connectedcar/internal/domain/authz"
	"connectedcar/internal/domain/vehicle"
	"connectedcar/internal/errs"
	"connectedcar/internal/httpapi/oapi"
	"connectedcar/internal/paging"
)

// The caller's list of cars consists of up to four lists: the cars that they own, borrow, service as a dealer, or built. Each has a letter,
// with which its page tokens begin, so that the next page continues the right list.
const (
	listOwned    = "o"
	listBorrowed = "b"
	listDealer   = "d"
	listBuilt    = "m"
)

// listsOf returns the lists that make up the caller's cars, in order.
func listsOf(p authz.Principal) []string {
	var lists []string
	if p.Has(authz.Driver) {
		lists = append(lists, listOwned, listBorrowed)
	}
	if p.Has(authz.Dealer) && p.Dealer != "" {
		lists = append(lists, listDealer)
	}
	if p.Has(authz.Manufacturer) && p.Manufacturer != "" {
		lists = append(lists, listBuilt)
	}
	return lists
}

// ListVehicles lists the caller's cars, list by list, each by VIN. A page never spans two lists.
func (h *Vehicles) ListVehicles(ctx context.Context, in oapi.ListVehiclesRequestObject) (oapi.ListVehiclesResponseObject, error) {
	p, err := h.Principal(ctx)
	if err != nil {
		return nil, err
	}
	out := oapi.ListVehicles200JSONResponse{Items: []oapi.Vehicle{}}
	lists := listsOf(p)
	request := pageOf(in.Params.Limit, in.Params.NextToken)
	if lists, request.After, err = from(lists, request.After); err != nil {
		return nil, err
	}
	for n, list := range lists {
		cars, next, err := h.list(ctx, p, list, request)
		if err != nil {
			return nil, fmt.Errorf("list vehicles: %w", err)
		}
		for _, v := range cars {
			out.Items = append(out.Items, vehicleAnswer(v.Vehicle, v.relation))
		}
		if next != "" {
			token := list + next
			out.NextToken = &token
			return out, nil
		}
		if len(out.Items) > 0 && n+1 < len(lists) {
			out.NextToken = &lists[n+1]
			return out, nil
		}
		request.After = ""
	}
	return out, nil
}

var errNoPage = errs.As(errs.Invalid, errors.New("nextToken: allowed is one that this list gave"))

// from returns the lists that are still to be read, beginning with the one in which the page token ended, and the token of that list:
// a page token begins with its list's letter.
func from(lists []string, token string) ([]string, string, error) {
	if token == "" {
		return lists, "", nil
	}
	for n, list := range lists {
		if rest, ok := strings.CutPrefix(token, list); ok {
			return lists[n:], rest, nil
		}
	}
	return nil, "", errNoPage
}

// listed is a car of a list, with the caller's relation to it.
type listed struct {
	vehicle.Vehicle
	relation authz.Relation
}

func (h *Vehicles) list(ctx context.Context, p authz.Principal, list string, r paging.Request) ([]listed, string, error) {
	if list == listBorrowed {
		return h.borrowed(ctx, p, r)
	}
	var cars paging.Page[vehicle.Vehicle]
	var err error
	switch list {
	case listOwned:
		cars, err = h.Store.OfOwner(ctx, p.ID, r)
	case listDealer:
		cars, err = h.Store.OfDealer(ctx, p.Dealer, r)
	case listBuilt:
		cars, err = h.Store.OfManufacturer(ctx, p.Manufacturer, r)
	}
	var out []listed
	for _, v := range cars.Items {
		relation := authz.RelationOf(p, authz.Vehicle{VIN: string(v.VIN), Owner: v.OwnerID, Manufacturer: v.Manufacturer, Dealer: v.DealerID}, h.Now())
		// A caller with two roles has a car only in the list of the nearer relation.
		if relation != authz.NoneOfIts && !(list == listBuilt && relation != authz.Built) && !(list == listDealer && relation != authz.LooksAt) {
			out = append(out, listed{v, relation})
		}
	}
	return out, cars.Next, err
}

// borrowed returns the cars that the caller may use at present. It reads each car: a grant lacks its data, and ends with the ownership.
func (h *Vehicles) borrowed(ctx context.Context, p authz.Principal, r paging.Request) ([]listed, string, error) {
	grants, err := h.Store.GrantsTo(ctx, p.ID, r)
	if err != nil {
		return nil, "", err
	}
	var out []listed
	for _, g := range grants.Items {
		v, err := h.Store.Vehicle(ctx, g.VIN)
		if errors.Is(err, vehicle.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		if g.Holds(v, h.Now()) {
			out = append(out, listed{v, authz.Borrows})
		}
	}
	return out, grants.Next, nil
}
