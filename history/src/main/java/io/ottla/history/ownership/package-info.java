/** Who in a group believed to own what, and when two did at once. */
package io.ottla.history.ownership;
