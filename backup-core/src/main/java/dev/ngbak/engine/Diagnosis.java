package dev.ngbak.engine;

import dev.ngbak.spi.BackupException.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The result of one check of {@code ngbak doctor}.
 *
 * @param subject the role of a store, {@code space}, {@code folder} …
 * @param message a whole sentence
 * @param warning whether the message is a warning: nothing would fail, but a user should know about it
 * @param failure the kind of failure that a backup or a restore would end with, or {@code null}
 */
public record Diagnosis(
        String subject,
        String message,
        boolean warning,
        @Nullable Kind failure) {

    static Diagnosis ok(String subject, String message) {
        return new Diagnosis(subject, message, false, null);
    }
}
