package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ngbak.cli.NgbakProcess.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests what happens when the disk becomes full while an archive is written. */
class NoSpaceTest {

    @TempDir
    Path temp;

    private NgbakProcess ngbak;

    @BeforeEach
    void createWorkingFolder() throws IOException {
        ngbak = new NgbakProcess(temp);
        WorkingFolders.make(ngbak.workingDir(), 6_000, 1);
    }

    /** Runs ngbak in a shell script, which receives the command as its arguments. */
    private CommandResult under(String script, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(NgbakProcess.java(Main.class.getName(), arguments));
        return ngbak.run(command);
    }

    /** Runs ngbak in its own mount namespace, where {@code backups} is a file system of 1 MiB. */
    private CommandResult onSmallDisk(String script, String... arguments) throws IOException, InterruptedException {
        Files.createDirectory(ngbak.backups());
        String inside = "mount -t tmpfs -o size=1m tmpfs backups || exit 99; " + script;
        CommandResult ended = under("exec unshare -m sh -c '" + inside + "' sh \"$@\"", arguments);
        if (!isMounted(ended)) {
            ended = under("exec unshare -r -m sh -c '" + inside + "' sh \"$@\"", arguments);
        }
        assumeTrue(isMounted(ended) || System.getenv("CI") != null, "this user cannot mount a tmpfs");
        return ended;
    }

    @Test
    void fullDiskExitsWithElevenAndLeavesNothing() throws Exception {
        CommandResult ended = onSmallDisk(
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
    void archiveCanBeDeletedFromAFullDisk() throws Exception {
        CommandResult ended = onSmallDisk(
                "mkdir backups/.ngbak; echo old > backups/old.ngbak; : > backups/.ngbak/lock;"
                        + " dd if=/dev/zero of=backups/filler bs=4k 2>/dev/null; \"$@\"; code=$?;"
                        + " find backups -type f | grep -v /jobs/ | sort; exit $code",
                "delete",
                "old",
                "--yes");

        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.out()).contains("Deleted backup old.").endsWith("backups/.ngbak/lock\nbackups/filler\n");
    }

    private static boolean isMounted(CommandResult ended) {
        return ended.code() != 99 && !ended.err().contains("unshare");
    }

    @Test
    void fileSizeLimitExitsWithElevenAndLeavesNothing() throws Exception {
        CommandResult ended = under(
                "ulimit -f 1000; \"$@\"; code=$?; find backups -type f | grep -v /jobs/ | sort; exit $code",
                "backup",
                "--id",
                "mine");

        assertThat(ended.code()).as(ended.err()).isEqualTo(11);
        assertThat(ended.err()).contains("No archive was made");
        assertThat(ended.out()).isEqualTo("backups/.ngbak/lock\n");
    }
}
