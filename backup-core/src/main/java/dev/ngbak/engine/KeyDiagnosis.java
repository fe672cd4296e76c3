package dev.ngbak.engine;

import dev.ngbak.archive.ArchiveProtection;
import dev.ngbak.archive.BackupId;
import dev.ngbak.repository.ArchiveInfo;
import dev.ngbak.spi.BackupException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Checks the keys that encrypt, decrypt and sign archives. Changes nothing. */
final class KeyDiagnosis {

    private static final String SUBJECT = "keys";

    private final EngineContext context;
    private final List<Diagnosis> findings = new ArrayList<>();

    KeyDiagnosis(EngineContext context) {
        this.context = context;
    }

    List<Diagnosis> run() throws IOException {
        ArchiveProtection protection = context.settings().protection();
        List<String> recipients = protection.shownRecipients();
        ok(
                recipients.isEmpty()
                        ? "New archives are not encrypted: BACKUP_ENCRYPTION_RECIPIENTS is not set."
                        : "New archives are encrypted for " + String.join(", ", recipients) + ".");
        identity(protection);
        if (protection.signs()) {
            ok("New archives are signed.");
        } else if (context.keys().isSignatureRequired()) {
            warn(
                    "BACKUP_TRUSTED_KEYS_FILE is set, but BACKUP_SIGNING_KEY_FILE is not: new archives are not signed, and this"
                            + " installation refuses them. Only a rollback accepts its own safety archive.");
        }
        return findings;
    }

    private void identity(ArchiveProtection protection) throws IOException {
        if (!context.keys().canDecrypt()) {
            if (protection.encrypts()) {
                ok("Nothing here can decrypt archives. To verify or restore one, set BACKUP_IDENTITY_FILE.");
            }
            return;
        }
        if (context.state().containsIdentityFile(context.stores().settings())) {
            warn(
                    "BACKUP_IDENTITY_FILE is in BACKUP_DIR: whoever copies that folder can decrypt its archives. Keep the file"
                            + " elsewhere.");
        }
        Optional<ArchiveInfo> newest = context.repository().list().stream()
                .filter(archive -> archive.encrypted() && BackupId.isValid(archive.id()))
                .findFirst();
        if (newest.isEmpty()) {
            ok("There is no encrypted archive yet with which BACKUP_IDENTITY_FILE could be tried.");
            return;
        }
        String id = newest.get().id();
        try {
            ArchiveInfo.read(context.keys().with(context.repository().open(new BackupId(id))));
            ok("BACKUP_IDENTITY_FILE opens the newest encrypted archive, " + id + ".");
        } catch (BackupException e) {
            findings.add(new Diagnosis(SUBJECT, e.getMessage() + ".", false, e.kind()));
        }
    }

    private void ok(String message) {
        findings.add(Diagnosis.ok(SUBJECT, message));
    }

    private void warn(String message) {
        findings.add(new Diagnosis(SUBJECT, message, true, null));
    }
}
