using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace Pester.Engine.Running;

/// <summary>A host with nobody in front of it: what is written is thrown away, what is asked fails.</summary>
internal sealed class EngineHost(EngineState state) : PSHost
{
    public override string Name => "Pester.Engine";

    public override Version Version { get; } = new(1, 0);

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override PSHostUserInterface UI { get; } = new SilentUserInterface();

    public override PSObject PrivateData { get; } = new(state);

    public override void SetShouldExit(int exitCode) => state.ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw new NotSupportedException("Nobody is there to answer.");

    public override void ExitNestedPrompt() => throw new NotSupportedException("Nobody is there to answer.");

    public override void NotifyBeginApplication()
    {
        // Nothing is shown that a native program could disturb.
    }

    public override void NotifyEndApplication()
    {
        // As above.
    }
}
