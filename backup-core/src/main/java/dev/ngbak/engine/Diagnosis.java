package dev.ngbak.engine;

import dev.ngbak.spi.BackupException.Kind;

/**
 * One thing that was looked at before it matters.
 *
 * @param subject a store's role, {@code space}, {@code folder} …
 * @param message a sentence
 * @param warning worth knowing, though nothing would fail
 * @param failure the kind of failure that a backup or a restore would end with, or {@code null}
 */
public record Diagnosis(String subject, String message, boolean warning, Kind failure) {

    static Diagnosis fine(String subject, String message) {
        return new Diagnosis(subject, message, false, null);
    }
}
