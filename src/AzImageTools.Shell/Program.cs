using System.Management.Automation.Runspaces;
using AzImageTools.Shell.CommandLine;
using AzImageTools.Shell.Hosting;
using AzImageTools.Shell.Running;

namespace AzImageTools.Shell;

internal static class Program
{
    public static int Main(string[] arguments)
    {
        Terminal terminal = new();
        ShellOptions options;
        try
        {
            options = ShellOptionsParser.Parse(arguments, !terminal.InputIsTerminal);
        }
        catch (UsageException mistake)
        {
            Console.Error.WriteLine(mistake.Message);
            Console.Error.WriteLine("'-Help' tells how this shell is used.");
            return ExitCodes.Usage;
        }

        switch (options.Mode)
        {
            case ShellMode.Help:
                Console.WriteLine(UsageText.Text);
                return ExitCodes.Success;
            case ShellMode.Version:
                Console.WriteLine($"AzImageTools.Shell {ShellVersion()}, PowerShell engine {typeof(Runspace).Assembly.GetName().Version}");
                return ExitCodes.Success;
            default:
                return Run(options, terminal);
        }
    }

    private static int Run(ShellOptions options, Terminal terminal)
    {
        string manifest;
        try
        {
            manifest = ModuleLocator.Find();
        }
        catch (FileNotFoundException missing)
        {
            Console.Error.WriteLine(missing.Message);
            return ExitCodes.InitializationFailed;
        }

        ShellUserInterface userInterface = new(terminal, options.NonInteractive);
        ShellHost host = new(userInterface);
        using ShellSession session = new(host, userInterface);
        using StopSignals signals = new(session);
        host.NestedPrompt = () => new PromptLoop(session, host, userInterface).Run();
        if (!session.Import(manifest))
        {
            return ExitCodes.InitializationFailed;
        }

        CommandResult result = options.Mode switch
        {
            ShellMode.File or ShellMode.Command => session.Run(options.CommandText),
            ShellMode.StandardInput => RunStandardInput(session, host),
            _ => RunPrompt(session, host, userInterface, options),
        };
        return ExitCode(result, host, signals);
    }

    private static CommandResult RunPrompt(ShellSession session, ShellHost host, ShellUserInterface userInterface, ShellOptions options)
    {
        if (!options.NoLogo)
        {
            host.UI.WriteLine($"AzImageTools {ShellVersion()}. 'Get-Command -Module AzImageTools' lists the cmdlets, 'exit' leaves.");
        }

        new PromptLoop(session, host, userInterface).Run();
        return new CommandResult(Succeeded: true, WasStopped: false);
    }

    private static CommandResult RunStandardInput(ShellSession session, ShellHost host)
    {
        CommandReader reader = new(_ => Console.In.ReadLine());
        CommandResult result = new(Succeeded: true, WasStopped: false);
        while (host.ExitCode is null && !result.WasStopped && reader.Read() is { } command)
        {
            if (!string.IsNullOrWhiteSpace(command))
            {
                result = session.Run(command);
            }
        }

        return result;
    }

    private static int ExitCode(CommandResult result, ShellHost host, StopSignals signals)
    {
        if (signals.IsTerminating)
        {
            return ExitCodes.Terminated;
        }

        if (result.WasStopped)
        {
            return ExitCodes.Interrupted;
        }

        return host.ExitCode ?? (result.Succeeded ? ExitCodes.Success : ExitCodes.Failure);
    }

    private static string ShellVersion() => typeof(Program).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
