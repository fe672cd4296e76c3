package dev.ngbak.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Completes command lines in real shells. */
class CompletionTest {

    @TempDir
    Path temp;

    private void write(String shell, Path file) throws IOException {
        Files.writeString(file, CommandRun.run(Map.of(), "completion", shell).out());
    }

    @Test
    void bashCompletesCommandsOptionsAndValues() throws Exception {
        write("bash", temp.resolve("ngbak"));
        Files.writeString(temp.resolve("complete"), """
                source ./ngbak
                while read -ra COMP_WORDS; do
                  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                  _complete_ngbak
                  echo "${COMPREPLY[@]}"
                done <<end
                ngbak rest
                ngbak restore --dry
                ngbak restore --verify f
                ngbak completion f
                end
                """);

        assertThat(ShellTool.run(temp, "bash", "--norc", "-c", ". ./complete 2>/dev/null"))
                .isEqualTo("restore\n--dry-run\nfull\nfish\n");
    }

    @Test
    void fishCompletesCommandsOptionsAndValues() throws Exception {
        write("fish", temp.resolve("ngbak.fish"));
        Files.createFile(temp.resolve("mine.ngbak"));
        String complete = """
                source ngbak.fish
                for line in 'rest' 'restore --dry' 'restore --verify f' 'completion f' 'inspect mi' 'list mi'
                  complete -C "ngbak $line" | string split -f1 \\t
                  echo .
                end
                """;

        assertThat(ShellTool.run(temp, "fish", "--no-config", "-c", complete))
                .as("the last command takes no file")
                .isEqualTo("restore\n.\n--dry-run\n.\nfull\n.\nfish\n.\nmine.ngbak\n.\n.\n");
    }

    /** Types into zsh, which completes only interactively, and prints its screen. */
    private String zsh(String setup) throws Exception {
        String script = """
                zmodload zsh/zpty
                zpty z zsh -f -i
                zpty -w z 'PS1=; %s; echo rea""dy'
                zpty -r -m z out '*ready*'
                zpty -w -n z $'ngbak rest\\t--dry\\t'
                zpty -w z '; echo do""ne'
                zpty -r -m z out '*done*'
                print -r -- "$out"
                """.formatted(setup);
        return ShellTool.run(temp, "zsh", "-f", "-c", script);
    }

    @Test
    void zshCompletesWithTheSourcedScript() throws Exception {
        write("zsh", temp.resolve("ngbak.zsh"));

        assertThat(zsh("autoload -Uz compinit; compinit -u -D; source ./ngbak.zsh"))
                .containsPattern("ngbak restore.*--dry-run")
                .doesNotContain("compopt");
    }

    @Test
    void zshCompletesWithTheScriptInFpath() throws Exception {
        write("zsh", Files.createDirectory(temp.resolve("functions")).resolve("_ngbak"));

        assertThat(zsh("fpath=(./functions $fpath); autoload -Uz compinit; compinit -u -D"))
                .containsPattern("ngbak restore.*--dry-run")
                .doesNotContain("compopt");
    }

    @Test
    void jsonResultContainsTheScript() throws Exception {
        assertThat(CommandRun.run(Map.of(), "completion", "fish", "--json")
                        .result()
                        .path("script")
                        .asText())
                .contains("complete -c ngbak");
    }
}
