package dev.ngbak.spi.support;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

/** Recognizes failures of the disk. */
public final class DiskErrors {

    private static final List<String> NO_SPACE_TEXTS =
            List.of("no space left", "quota exceeded", "file too large", "not enough space");

    private DiskErrors() {}

    /** Returns whether a failure means that the disk is full. Java shows this only in the operating system's text. */
    public static boolean isNoSpace(IOException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
            if (NO_SPACE_TEXTS.stream().anyMatch(message::contains)) {
                return true;
            }
        }
        return false;
    }
}
