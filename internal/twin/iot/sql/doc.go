// Package sql compiles and evaluates the SQL of AWS IoT topic rules. The device gateway runs rules with it, and tests check rules
// before they are deployed.
//
// A rule is compiled once with [Compile] and evaluated for each message with [Statement.Evaluate]. The action fields of the
// rule may hold substitution templates (`${topic(3)}`); [Statement.CompileTemplate] compiles those. Compiled statements and
// templates are safe for concurrent use.
//
// The reference is the "AWS IoT SQL reference" chapter of the AWS IoT Core developer guide. Where it leaves something open,
// or contradicts itself, this package decides as follows.
//
//   - `SELECT *` keeps the payload's order of members and the spelling of its numbers, and drops the whitespace between tokens.
//   - Items of a SELECT list are applied in order, so an item's alias replaces a member of the payload that has its name, even
//     when the item is Undefined (the member is then absent). A payload can therefore not forge a member that the rule stamps.
//   - An item without an alias is named by the last level of its path, any other expression by its source text.
//   - A logical operator with an operand that is neither Boolean nor "true" or "false" is Undefined, as in its table, also
//     when the other operand alone would decide.
//   - get("abc", 1) is "b": indexes are 0-based, as in the table of the function. bitnot(13) is 2, and concat(1) is "1", as
//     in their examples.
//   - Regular expressions are Java's, look-around, back-references and possessive quantifiers included. Those that need a
//     backtracking engine have 0.2 s for a match; then the rule's SQL fails. An invalid regular expression gives Undefined.
//   - Statements of the versions 2015-10-08 and beta are evaluated as those of 2016-03-23.
//   - Numbers of the payload that are whole, such as 10.0, are divided as Int: 10.0 / 4 is 2.
//   - Strings have no escape sequences; a quote is written twice inside its own kind of quotes.
//   - Statements nest at most 64 levels, payloads 128.
package sql
