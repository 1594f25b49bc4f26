using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AzImageTools.Pipeline;
using AzImageTools.Services;

namespace AzImageTools.Tests.Pipeline;

/// <summary>A PowerShell engine that knows <see cref="ProbeCmdlet"/>, with the probe's body in $body.</summary>
internal sealed class PowerShellSession : IDisposable
{
    private readonly Runspace _runspace;

    public PowerShellSession(Func<IStreamSink, OperationContext, object?, Task> body)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry("Test-Probe", typeof(ProbeCmdlet), helpFileName: null));
        state.Commands.Add(new SessionStateCmdletEntry("Select-FirstOne", typeof(SelectFirstOneCommand), helpFileName: null));
        state.Variables.Add(new SessionStateVariableEntry("body", body, description: null));
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
    }

    public PowerShell Script(string text)
    {
        PowerShell shell = PowerShell.Create(_runspace);
        shell.AddScript(text);
        return shell;
    }

    public void Dispose() => _runspace.Dispose();
}
