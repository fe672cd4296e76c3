/**
 * ngbak in a Spring Boot application: the auto-configuration of a {@link dev.ngbak.engine.BackupManager}, a health indicator and
 * an actuator endpoint.
 */
@NullMarked
package dev.ngbak.spring;

import org.jspecify.annotations.NullMarked;
