/**
 * Manages the places where archives live and where ngbak works: repositories of finished archives, the local state
 * directory, locks, retention and verification records.
 */
@NullMarked
package dev.ngbak.repository;

import org.jspecify.annotations.NullMarked;
