using System.Globalization;
using System.Management.Automation.Host;

namespace AzImageTools.Shell.Hosting;

/// <summary>The engine's way to the terminal and to the process that it runs in.</summary>
internal sealed class ShellHost(ShellUserInterface userInterface) : PSHost
{
    public override string Name => "AzImageTools.Shell";

    public override Version Version { get; } = typeof(ShellHost).Assembly.GetName().Version ?? new Version(0, 0);

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override CultureInfo CurrentCulture { get; } = CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture { get; } = CultureInfo.CurrentUICulture;

    public override PSHostUserInterface UI => userInterface;

    /// <summary>The number that a script gave to <c>exit</c>; null until one did.</summary>
    public int? ExitCode { get; private set; }

    /// <summary>Runs a prompt inside a running command, as "Suspend" at a confirmation asks for.</summary>
    public Action? NestedPrompt { get; set; }

    /// <summary>How many prompts run inside one another, beside the outermost.</summary>
    public int NestingLevel { get; private set; }

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt()
    {
        NestingLevel++;
        int? outer = ExitCode;
        try
        {
            NestedPrompt?.Invoke();
        }
        finally
        {
            ExitCode = outer; // An exit there left the inner prompt only.
            NestingLevel--;
        }
    }

    public override void ExitNestedPrompt() => ExitCode = 0;

    public override void NotifyBeginApplication()
    {
        // Native programs write to the same terminal; nothing has to be put aside for them.
    }

    public override void NotifyEndApplication()
    {
        // As above: nothing was put aside.
    }
}
