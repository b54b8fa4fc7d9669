package names

// The roles of users, which are the groups of the user pool.
const (
	RoleManufacturer = "manufacturer"
	RoleDealer       = "dealer"
	RoleDriver       = "driver"
	RoleOperator     = "operator"
)

// Roles returns all roles.
func Roles() []string { return []string{RoleManufacturer, RoleDealer, RoleDriver, RoleOperator} }
