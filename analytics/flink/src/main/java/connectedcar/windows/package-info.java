/** Windows over the whole fleet, for what no car's own messages show. The work is in {@code resources/sql}. */
package connectedcar.windows;
