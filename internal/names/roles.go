package names

// The roles of people, which are the groups of the user pool.
const (
	RoleManufacturer = "manufacturer"
	RoleDealer       = "dealer"
	RoleDriver       = "driver"
	RoleOperator     = "operator"
)

// Roles are all roles.
func Roles() []string { return []string{RoleManufacturer, RoleDealer, RoleDriver, RoleOperator} }
