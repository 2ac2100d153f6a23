"""AQL's grammar, for `lark`.

Operators are a flat chain here; `expressions` orders them by their precedence, which keeps the tables small. Words
that are no keywords (OPTIONS, SEARCH, PRUNE, KEEP, COUNT, TO) are names here and checked by `statements`, as in
ArangoDB, where they can be used as names, too. Data modification has expressions of its own (`target_...`), in which IN
announces the collection.
"""

GRAMMAR = r"""
start: with_collections? query

with_collections: WITH source (","? source)*
source: IDENT | SOURCE_BIND | BIND

query: _statement* _last
_statement: for_each | let | filter | collect | sort | limit | window | _modification
_last: return | _modification
_modification: insert | remove | update | replace | upsert

// -- FOR
for_each: FOR names IN expression qualifiers      -> for_each
    | FOR names IN steps expression graph prunes  -> traversal
    | FOR names IN direction SHORTEST_PATH expression IDENT expression graph options      -> shortest_path
    | FOR names IN direction K_SHORTEST_PATHS expression IDENT expression graph options   -> k_shortest_paths
    | FOR names IN steps K_PATHS expression IDENT expression graph options                -> k_paths
    | FOR names IN direction ALL_SHORTEST_PATHS expression IDENT expression graph options -> all_shortest_paths
names: IDENT ("," IDENT)*
qualifiers: (IDENT expression (IDENT expression)?)?
steps: direction | expression direction
direction: OUTBOUND | INBOUND | ANY
graph: graph_source ("," graph_source)* -> edge_collections
    | GRAPH (BIND | SOURCE_BIND | STRING | IDENT) -> named_graph
graph_source: direction? (IDENT | SOURCE_BIND | BIND)
prunes: (IDENT prune (IDENT object)?)?
prune: IDENT "=" expression -> prune_as
    | expression
options: (IDENT object)?

// -- the other statements
let: LET assignment ("," assignment)*
assignment: IDENT "=" expression
filter: FILTER expression
collect: COLLECT count_into options
    | COLLECT assignments count_into options
    | COLLECT assignments? aggregate into options
    | COLLECT assignments into options
    | COLLECT assignments into keep options
assignments: assignment ("," assignment)*
count_into: WITH IDENT INTO IDENT
into: (INTO IDENT ("=" expression)?)?
keep: IDENT names
aggregate: AGGREGATE assignment ("," assignment)*
sort: SORT sort_key ("," sort_key)*
sort_key: expression (ASC | DESC | _literal | BIND)?
limit: LIMIT expression ("," expression)?
window: WINDOW object aggregate
    | WINDOW expression WITH object aggregate
return: RETURN distinct? expression
distinct: DISTINCT

// -- data modification
insert: INSERT target_expression into_collection options
remove: REMOVE target_expression into_collection options
update: UPDATE target_expression (WITH target_expression)? into_collection options
replace: REPLACE target_expression (WITH target_expression)? into_collection options
upsert: UPSERT upsert_by INSERT target_expression upsert_change target_expression into_collection options
upsert_by: target_expression | FILTER expression -> upsert_filter
upsert_change: UPDATE | REPLACE
into_collection: (IN | INTO) (IDENT | STRING | SOURCE_BIND | BIND)

// -- expressions
?expression: chain
    | chain "?" expression ":" expression -> ternary
    | chain "?" ":" expression -> short_ternary
?chain: _operand (_operator _operand)*
?target_expression: target_chain
    | target_chain "?" target_expression ":" target_expression -> ternary
    | target_chain "?" ":" target_expression -> short_ternary
?target_chain: _operand (_plain_operator _operand)* -> chain
_operator: _plain_operator | IN | NOT_IN
_plain_operator: OR | AND | EQ | NE | LT | LE | GT | GE | LIKE | MATCHES | MISMATCHES | RANGE | PLUS | MINUS | TIMES
    | DIV | MOD | negated | quantified
negated: NOT (LIKE | MATCHES | MISMATCHES)
quantified: quantifier (EQ | NE | LT | LE | GT | GE | IN | NOT_IN)
quantifier: ALL | ANY_OF | NONE | AT_LEAST "(" expression ")"
_operand: unary | _literal | reference
unary: (MINUS | PLUS | NOT) _operand
_literal: STRING | INTEGER | NUMBER | NULL | TRUE | FALSE
?reference: _primary _accessor*
_primary: IDENT | BIND | SOURCE_BIND | call | parenthesis | array | object
parenthesis: "(" (expression | query) ")"
_accessor: attribute | element | expansion | array_question
attribute: "." (IDENT | BIND | SOURCE_BIND)
element: "[" expression "]"
expansion: "[" stars array_filter array_limit array_return "]"
array_question: "[" questions array_filter "]"
stars: TIMES+
questions: QUESTION+
array_filter: (quantity? FILTER expression)?
quantity: quantifier | expression
array_limit: (LIMIT expression ("," expression)?)?
array_return: (RETURN expression)?
call: function_name "(" (_argument ("," _argument)*)? ")"
function_name: IDENT ("::" IDENT)* | LIKE
_argument: expression | query
array: "[" (_item ("," _item)* ","?)? "]"
_item: expression | spread
spread: "..." expression
object: "{" (_member ("," _member)* ","?)? "}"
_member: short_member | member | spread
short_member: IDENT
member: (IDENT | STRING | BIND) ":" expression
    | "[" expression "]" ":" expression -> computed_member

// -- words
AGGREGATE.2: /AGGREGATE\b/i
ALL.2: /ALL\b/i
ALL_SHORTEST_PATHS.2: /ALL_SHORTEST_PATHS\b/i
AND.2: /AND\b|&&/i
ANY.2: /ANY\b/i
// ANY before a comparison is a quantifier, any other a direction: the parser alone would have to look further ahead
ANY_OF.3: /ANY(?=\s*(?:==|!=|<|>|IN\b|NOT\s+IN\b|FILTER\b))/i
ASC.2: /ASC\b/i
AT_LEAST.2: /AT\s+LEAST\b/i
COLLECT.2: /COLLECT\b/i
DESC.2: /DESC\b/i
DISTINCT.2: /DISTINCT\b/i
FALSE.2: /FALSE\b/i
FILTER.2: /FILTER\b/i
FOR.2: /FOR\b/i
GRAPH.2: /GRAPH\b/i
IN.2: /IN\b/i
INBOUND.2: /INBOUND\b/i
INSERT.2: /INSERT\b/i
INTO.2: /INTO\b/i
K_PATHS.2: /K_PATHS\b/i
K_SHORTEST_PATHS.2: /K_SHORTEST_PATHS\b/i
LET.2: /LET\b/i
LIKE.2: /LIKE\b/i
LIMIT.2: /LIMIT\b/i
NONE.2: /NONE\b/i
NOT.2: /NOT\b|!/i
NOT_IN.3: /NOT\s+IN\b/i
NULL.2: /NULL\b/i
OR.2: /OR\b|\|\|/i
OUTBOUND.2: /OUTBOUND\b/i
REMOVE.2: /REMOVE\b/i
REPLACE.2: /REPLACE\b/i
RETURN.2: /RETURN\b/i
SHORTEST_PATH.2: /SHORTEST_PATH\b/i
SORT.2: /SORT\b/i
TRUE.2: /TRUE\b/i
UPDATE.2: /UPDATE\b/i
UPSERT.2: /UPSERT\b/i
WINDOW.2: /WINDOW\b/i
WITH.2: /WITH\b/i

EQ.3: "=="
NE.3: "!="
MATCHES.3: "=~"
MISMATCHES.3: "!~"
LE.3: "<="
GE.3: ">="
LT: "<"
GT: ">"
RANGE: ".."
PLUS: "+"
MINUS: "-"
TIMES: "*"
DIV: "/"
MOD: "%"
QUESTION: "?"

IDENT: /(?:\$?|_+)[a-zA-Z][_a-zA-Z0-9]*|`(?:\\.|[^`\\])*`|´(?:\\.|[^´\\])*´/s
BIND: /@_*[a-zA-Z0-9][a-zA-Z0-9_]*/
SOURCE_BIND: /@@_*[a-zA-Z0-9][a-zA-Z0-9_]*/
NUMBER.1: /(?:(?:0|[1-9][0-9]*)\.[0-9]+|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?:0|[1-9][0-9]*)[eE][-+]?[0-9]+/
INTEGER: /0[xX][0-9a-fA-F]+|0[bB][01]+|0|[1-9][0-9]*/
STRING: /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/s

%ignore /\s+/
%ignore /\/\/[^\n]*/
%ignore /\/\*(?:[^*]|\*(?!\/))*\*\//
"""
