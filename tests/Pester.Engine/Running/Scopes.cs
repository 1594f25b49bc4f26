using System.Management.Automation;

namespace Pester.Engine.Running;

/// <summary>
/// Runs script blocks in scopes as Pester lays them: a block's BeforeAll is dot-sourced into the block's scope, and the
/// scopes of its tests and inner blocks lie inside, so that they see its variables.
/// </summary>
internal sealed class Scopes(PSCmdlet cmdlet)
{
    /// <summary>Lets a method run where a new scope is the current one.</summary>
    private static readonly ScriptBlock NewScope = ScriptBlock.Create("$args[0].Invoke()");

    /// <summary>An error in the body ends the body, as in a try block, and comes out as the result.</summary>
    private static readonly ScriptBlock DotSource = ScriptBlock.Create("try { $null = . $args[0] } catch { $_ }");

    /// <summary>The same in a scope of its own, for what Pester calls rather than dot-sources.</summary>
    private static readonly ScriptBlock Call = ScriptBlock.Create("try { $null = & $args[0] } catch { $_ }");

    public void Inside(Action action)
    {
        Exception? failure = null;
        Action guarded = () =>
        {
            try
            {
                action();
            }
            catch (Exception exception) // Handed on below: a method called by script would hide what it is.
            {
                failure = exception;
            }
        };
        cmdlet.InvokeCommand.InvokeScript(useLocalScope: true, NewScope, input: null, guarded);
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Runs the body in the current scope.</summary>
    /// <returns>The error that ended it; null when none did.</returns>
    public ErrorRecord? Run(ScriptBlock body) => Run(DotSource, body);

    /// <summary>Runs the body in a scope inside the current one.</summary>
    public ErrorRecord? RunInside(ScriptBlock body) => Run(Call, body);

    public void SetVariables(Model.TestData? data)
    {
        foreach ((string name, object? value) in data?.Variables ?? [])
        {
            cmdlet.SessionState.PSVariable.Set(name, value);
        }
    }

    private ErrorRecord? Run(ScriptBlock frame, ScriptBlock body)
        => cmdlet.InvokeCommand.InvokeScript(useLocalScope: false, frame, input: null, body)
            .Select(result => result?.BaseObject)
            .OfType<ErrorRecord>()
            .FirstOrDefault();
}
