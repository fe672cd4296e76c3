/**
 * Manages the places where archives live and where ngbak works: repositories of finished archives, the local state
 * directory, locks, retention and verification records.
 */
package dev.ngbak.repository;
