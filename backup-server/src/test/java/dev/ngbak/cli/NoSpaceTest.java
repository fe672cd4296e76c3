package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.cli.NgbakProcess.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that becomes full while an archive is written. */
class NoSpaceTest {

    @TempDir
    Path temp;

    private NgbakProcess ngbak;

    @BeforeEach
    void fillTheWorkingFolder() throws IOException {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 6_000, 1);
    }

    /** Runs ngbak under a shell script, which gets the command as its arguments. */
    private Ended under(String script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(NgbakProcess.java(Main.class.getName(), arguments));
        return ngbak.run(command);
    }

    /** The same in a mount namespace of its own, where {@code backups} is a file system of 1 MiB. */
    private Ended onSmallDisk(String script, String... arguments) throws IOException, InterruptedException {
        Files.createDirectory(ngbak.backups());
        String inside = "mount -t tmpfs -o size=1m tmpfs backups || exit 99; " + script;
        Ended ended = under("exec unshare -m sh -c '" + inside + "' sh \"$@\"", arguments);
        if (!isMounted(ended)) {
            ended = under("exec unshare -r -m sh -c '" + inside + "' sh \"$@\"", arguments);
        }
        assumeTrue(isMounted(ended) || System.getenv("CI") != null, "this user cannot mount a tmpfs");
        return ended;
    }

    @Test
    void aFullDiskIsExitElevenAndTheFolderIsAsBefore() throws Exception {
        Ended ended = onSmallDisk(
                "echo kept > backups/other; \"$@\"; code=$?;"
                        + " find backups -type f | grep -v /jobs/ | sort; exit $code",
                "backup",
                "--id",
                "mine");

        assertThat(ended.code()).as(ended.err()).isEqualTo(11);
        assertThat(ended.err()).contains("The disk became full", "No archive was made", "BACKUP_DIR");
        assertThat(ended.out()).isEqualTo("backups/.ngbak/lock\nbackups/other\n");
    }

    @Test
    void anArchiveCanBeDeletedFromAFullDisk() throws Exception {
        Ended ended = onSmallDisk(
                "mkdir backups/.ngbak; echo old > backups/old.ngbak; : > backups/.ngbak/lock;"
                        + " dd if=/dev/zero of=backups/filler bs=4k 2>/dev/null; \"$@\"; code=$?;"
                        + " find backups -type f | grep -v /jobs/ | sort; exit $code",
                "delete",
                "old",
                "--yes");

        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).contains("Deleted the backup old.").endsWith("backups/.ngbak/lock\nbackups/filler\n");
    }

    private static boolean isMounted(Ended ended) {
        return ended.code() != 99 && !ended.err().contains("unshare");
    }

    @Test
    void aLimitOnFileSizesIsTheSame() throws Exception {
        Ended ended = under(
                "ulimit -f 1000; \"$@\"; code=$?; find backups -type f | grep -v /jobs/ | sort; exit $code",
                "backup",
                "--id",
                "mine");

        assertThat(ended.code()).as(ended.err()).isEqualTo(11);
        assertThat(ended.err()).contains("No archive was made");
        assertThat(ended.out()).isEqualTo("backups/.ngbak/lock\n");
    }
}
