package dev.ngbak.qdrant;

import dev.ngbak.spi.BackupException;
import dev.ngbak.spi.BackupException.Kind;
import dev.ngbak.spi.ExportSession;
import dev.ngbak.spi.StoreInfo;

/** How collections lie in an archive; the constants are the values of {@code QDRANT_BACKUP_MODE} too. */
enum Form {
    SNAPSHOT("snapshot"),
    SCROLL("scroll");

    private final String text;

    Form(String text) {
        this.text = text;
    }

    String text() {
        return text;
    }

    /** The form of an archived store. One that was salvaged holds points. */
    static Form named(StoreInfo archived) {
        if (archived.form().equals(ExportSession.RAW)) {
            return SCROLL;
        }
        for (Form form : values()) {
            if (form.text.equals(archived.form())) {
                return form;
            }
        }
        throw new BackupException(
                Kind.INCOMPATIBLE,
                "The archive holds its vectors in the form \"" + archived.form()
                        + "\", and VECTOR_BACKEND=qdrant reads \"snapshot\" and \"scroll\". Nothing was changed",
                "Restore it with the version of ngbak that made it");
    }
}
