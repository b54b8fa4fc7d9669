package sql

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// Nodes of the grammar. Each level of an expression holds the operators of one precedence, lowest first. Keywords are case-insensitive.

type astStatement struct {
	Set    []*astAssign `parser:"( 'SET' @@ ( ',' @@ )* )?"`
	Select *astSelect   `parser:"@@"`
	From   *astText     `parser:"( 'FROM' @@ )?"`
	Where  *astExpr     `parser:"( 'WHERE' @@ )?"`
}

type astText struct {
	Pos  lexer.Position
	Text string `parser:"@String"`
}

type astAssign struct {
	Pos  lexer.Position
	Name string   `parser:"@Variable '='"`
	Expr *astExpr `parser:"@@"`
}

type astSelect struct {
	Pos lexer.Position
	// VALUE is a keyword only before an expression, because a payload may have a member with that name.
	Value bool       `parser:"'SELECT' ( @'VALUE' (?! 'FROM' | 'AS' | 'WHERE' | ')' | ',' | '.' | '*' (?! 'FROM' | 'WHERE' | ')' | EOF ) | '+' | '-' | '/' | '%' | '=' | '<' | '>' | '<>' | '<=' | '>=' | 'AND' | 'OR' | 'IN' | EOF ) )?"`
	Items []*astItem `parser:"@@ ( ',' @@ )*"`
}

type astItem struct {
	Pos    lexer.Position
	Expr   *astExpr `parser:"@@"`
	EndPos lexer.Position
	Alias  []string `parser:"( 'AS' (?! 'FROM' | 'WHERE' ) @( Ident | Keyword ) ( '.' @( Ident | Keyword ) )* )?"`
}

type astNested struct {
	Pos    lexer.Position
	Select *astSelect  `parser:"@@"`
	From   *astPostfix `parser:"'FROM' @@"`
	Alias  string      `parser:"( 'AS' @Ident )?"`
	Where  *astExpr    `parser:"( 'WHERE' @@ )?"`
}

type astExpr struct {
	Left *astAnd   `parser:"@@"`
	Rest []*astAnd `parser:"( 'OR' @@ )*"`
}

type astAnd struct {
	Left *astNot   `parser:"@@"`
	Rest []*astNot `parser:"( 'AND' @@ )*"`
}

type astNot struct {
	Nots []string       `parser:"@'NOT'*"`
	Expr *astComparison `parser:"@@"`
}

type astComparison struct {
	Left  *astSum `parser:"@@"`
	Op    string  `parser:"( @( '<>' | '<=' | '>=' | '=' | '<' | '>' | 'IN' )"`
	Right *astSum `parser:"@@ )?"`
}

type astSum struct {
	Left *astProduct  `parser:"@@"`
	Rest []*astSumEnd `parser:"@@*"`
}

type astSumEnd struct {
	Op   string      `parser:"@( '+' | '-' )"`
	Expr *astProduct `parser:"@@"`
}

type astProduct struct {
	Left *astUnary        `parser:"@@"`
	Rest []*astProductEnd `parser:"@@*"`
}

type astProductEnd struct {
	Op   string    `parser:"@( '*' | '/' | '%' )"`
	Expr *astUnary `parser:"@@"`
}

type astUnary struct {
	Minus []string    `parser:"@'-'*"`
	Expr  *astPostfix `parser:"@@"`
}

// astPostfix is a value and a path into it: a.b.c, or a.b.* in a SELECT list.
type astPostfix struct {
	Pos  lexer.Position
	Root *astPrimary `parser:"@@"`
	Path []string    `parser:"( '.' @( Ident | Keyword | '*' ) )*"`
}

type astPrimary struct {
	Pos          lexer.Position
	Number       *string    `parser:"  @Number"`
	Text         *string    `parser:"| @String"`
	Variable     *string    `parser:"| @Variable"`
	Star         bool       `parser:"| @'*'"`
	Case         *astCase   `parser:"| @@"`
	Cast         *astCast   `parser:"| @@"`
	Exists       *astNested `parser:"| 'EXISTS' '(' @@ ')'"`
	Nested       *astNested `parser:"| '(' (?= 'SELECT' ) @@ ')'"`
	Group        *astExpr   `parser:"| '(' @@ ')'"`
	Substitution *astExpr   `parser:"| '${' @@ '}'"`
	Object       *astObject `parser:"| @@"`
	Array        *astArray  `parser:"| @@"`
	Call         *astCall   `parser:"| @@"`
	Literal      *string    `parser:"| @( 'NULL' | 'TRUE' | 'FALSE' )"`
	Name         *string    `parser:"| @Ident"`
}

type astCase struct {
	Of    *astExpr   `parser:"'CASE' @@"`
	Whens []*astWhen `parser:"@@+"`
	Else  *astExpr   `parser:"( 'ELSE' @@ )? 'END'"`
}

type astWhen struct {
	When *astExpr `parser:"'WHEN' @@"`
	Then *astExpr `parser:"'THEN' @@"`
}

type astCast struct {
	Pos  lexer.Position
	Expr *astExpr `parser:"'CAST' '(' @@"`
	Type string   `parser:"'AS' @Ident ')'"`
}

type astObject struct {
	Members []*astMember `parser:"'{' ( @@ ( ',' @@ )* )? '}'"`
}

type astMember struct {
	Name string   `parser:"@String ':'"`
	Expr *astExpr `parser:"@@"`
}

type astArray struct {
	Open  bool       `parser:"@'['"`
	Items []*astExpr `parser:"( @@ ( ',' @@ )* )? ']'"`
}

type astCall struct {
	Pos  lexer.Position
	Name string     `parser:"@Ident '('"`
	Args []*astExpr `parser:"( @@ ( ',' @@ )* )? ')'"`
}

var tokens = lexer.MustSimple([]lexer.SimpleRule{
	{Name: "Space", Pattern: `\s+`},
	{Name: "Number", Pattern: `(\d+(\.\d+)?|\.\d+)([eE][-+]?\d+)?`},
	{Name: "Variable", Pattern: `@[A-Za-z0-9_]+`},
	{Name: "Ident", Pattern: `[\pL_][\pL\pN_]*`},
	{Name: "String", Pattern: `'([^']|'')*'|"([^"]|"")*"`},
	{Name: "Comment", Pattern: `--|/\*`},
	{Name: "Keyword", Pattern: `\b\B`}, // matches nothing: the function keyword assigns this type
	{Name: "Operator", Pattern: `\$\{|<>|<=|>=|[-+*/%=<>(){}\[\],.:]`},
})

var options = []participle.Option{
	participle.Lexer(tokens),
	participle.Elide("Space"),
	participle.Map(keyword, "Ident"),
	participle.CaseInsensitive("Ident", "Keyword"),
	participle.UseLookahead(2),
}

// reserved are the words that cannot begin a path. Other keywords, such as VALUE and SET, are keywords only where the grammar expects them.
var reserved = map[string]bool{
	"SELECT": true, "FROM": true, "WHERE": true, "AS": true, "AND": true, "OR": true, "NOT": true, "IN": true, "CASE": true,
	"WHEN": true, "THEN": true, "ELSE": true, "END": true,
}

var keywordType = tokens.Symbols()["Keyword"]

// keyword changes the token type of reserved words to Keyword.
func keyword(t lexer.Token) (lexer.Token, error) {
	if reserved[strings.ToUpper(t.Value)] {
		t.Type = keywordType
	}
	return t, nil
}

var (
	statementParser  = participle.MustBuild[astStatement](options...)
	expressionParser = participle.MustBuild[astExpr](options...)
)
