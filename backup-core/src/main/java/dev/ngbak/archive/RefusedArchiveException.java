package dev.ngbak.archive;

import java.io.IOException;

/**
 * Reports an archive that this program does not accept. The message continues "The archive … is damaged: " and does not
 * contain the archive's name.
 */
final class RefusedArchiveException extends IOException {

    private static final long serialVersionUID = 1;

    RefusedArchiveException(String why) {
        super(why);
    }
}
