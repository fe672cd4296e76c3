package dev.ngbak.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(name = "completion", description = "Prints the script that completes ngbak's command lines in a shell.")
@Reference(
        examples = {
            "source <(ngbak completion bash)          # in ~/.bashrc",
            "source <(ngbak completion zsh)           # in ~/.zshrc, below compinit",
            "ngbak completion fish | source           # in ~/.config/fish/config.fish"
        },
        groups = {})
final class CompletionCommand extends BaseCommand {

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "SHELL", description = "One of ${COMPLETION-CANDIDATES}.")
    private Completions.Shell shell;

    @Override
    public Integer call() {
        String script = Completions.script(shell, spec.root().commandLine());
        terminal.printText(script);
        terminal.printResult(Terminal.object().put("script", script));
        return ExitCode.DONE;
    }
}
