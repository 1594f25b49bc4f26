using System.Management.Automation;
using Pester.Engine.Assertions;
using Pester.Engine.Model;
using Pester.Engine.Running;

namespace Pester.Engine.Language;

/// <summary>Compares what is piped in with what is expected. Each operator is a parameter set, as in Pester.</summary>
[Cmdlet("Pester", "Should")]
public sealed class ShouldCommand : PSCmdlet
{
    internal const string FailedErrorId = "PesterAssertionFailed";

    private readonly List<object?> _actual = [];

    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? ActualValue { get; set; }

    [Parameter(ParameterSetName = nameof(Be), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeExactly), Position = 0)]
    [Parameter(ParameterSetName = nameof(Match), Position = 0)]
    [Parameter(ParameterSetName = nameof(MatchExactly), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeLike), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeLikeExactly), Position = 0)]
    [Parameter(ParameterSetName = nameof(HaveCount), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeOfType), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeGreaterThan), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeGreaterOrEqual), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeLessThan), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeLessOrEqual), Position = 0)]
    [Parameter(ParameterSetName = nameof(Contain), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeIn), Position = 0)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [Alias("ExpectedType", "RegularExpression")]
    public object? ExpectedValue { get; set; }

    [Parameter]
    public SwitchParameter Not { get; set; }

    [Parameter]
    public string Because { get; set; } = string.Empty;

    [Parameter(ParameterSetName = nameof(Be), Mandatory = true)]
    public SwitchParameter Be { get; set; }

    [Parameter(ParameterSetName = nameof(BeExactly), Mandatory = true)]
    public SwitchParameter BeExactly { get; set; }

    [Parameter(ParameterSetName = nameof(BeNullOrEmpty), Mandatory = true)]
    public SwitchParameter BeNullOrEmpty { get; set; }

    [Parameter(ParameterSetName = nameof(BeTrue), Mandatory = true)]
    public SwitchParameter BeTrue { get; set; }

    [Parameter(ParameterSetName = nameof(BeFalse), Mandatory = true)]
    public SwitchParameter BeFalse { get; set; }

    [Parameter(ParameterSetName = nameof(Match), Mandatory = true)]
    public SwitchParameter Match { get; set; }

    [Parameter(ParameterSetName = nameof(MatchExactly), Mandatory = true)]
    public SwitchParameter MatchExactly { get; set; }

    [Parameter(ParameterSetName = nameof(BeLike), Mandatory = true)]
    public SwitchParameter BeLike { get; set; }

    [Parameter(ParameterSetName = nameof(BeLikeExactly), Mandatory = true)]
    public SwitchParameter BeLikeExactly { get; set; }

    [Parameter(ParameterSetName = nameof(HaveCount), Mandatory = true)]
    public SwitchParameter HaveCount { get; set; }

    [Parameter(ParameterSetName = nameof(BeOfType), Mandatory = true)]
    public SwitchParameter BeOfType { get; set; }

    [Parameter(ParameterSetName = nameof(BeGreaterThan), Mandatory = true)]
    public SwitchParameter BeGreaterThan { get; set; }

    [Parameter(ParameterSetName = nameof(BeGreaterOrEqual), Mandatory = true)]
    public SwitchParameter BeGreaterOrEqual { get; set; }

    [Parameter(ParameterSetName = nameof(BeLessThan), Mandatory = true)]
    public SwitchParameter BeLessThan { get; set; }

    [Parameter(ParameterSetName = nameof(BeLessOrEqual), Mandatory = true)]
    public SwitchParameter BeLessOrEqual { get; set; }

    [Parameter(ParameterSetName = nameof(Contain), Mandatory = true)]
    public SwitchParameter Contain { get; set; }

    [Parameter(ParameterSetName = nameof(BeIn), Mandatory = true)]
    public SwitchParameter BeIn { get; set; }

    [Parameter(ParameterSetName = nameof(Exist), Mandatory = true)]
    public SwitchParameter Exist { get; set; }

    [Parameter(ParameterSetName = nameof(Throw), Mandatory = true)]
    public SwitchParameter Throw { get; set; }

    [Parameter(ParameterSetName = nameof(Throw), Position = 0)]
    public string ExpectedMessage { get; set; } = string.Empty;

    [Parameter(ParameterSetName = nameof(Throw), Position = 1)]
    public string ErrorId { get; set; } = string.Empty;

    [Parameter(ParameterSetName = nameof(Throw), Position = 2)]
    public Type? ExceptionType { get; set; }

    [Parameter(ParameterSetName = nameof(Throw))]
    public SwitchParameter PassThru { get; set; }

    protected override void BeginProcessing()
    {
        if (EngineState.Of(this).Discovering is not null)
        {
            throw new PesterSyntaxException("Should stands outside of a test or a set-up block.");
        }
    }

    protected override void ProcessRecord() => _actual.Add(ActualValue);

    protected override void EndProcessing()
    {
        if (Throw)
        {
            foreach (object? actual in _actual.DefaultIfEmpty())
            {
                CheckThrow(actual);
            }

            return;
        }

        Assertion assertion = AssertionTable.Find(ParameterSetName);
        IEnumerable<object?> values = assertion.TakesCollection && _actual.Count > 0 ? [_actual.ToArray()] : _actual.DefaultIfEmpty();
        foreach (object? actual in values)
        {
            Check(assertion, actual);
        }
    }

    private void Check(Assertion assertion, object? actual)
    {
        if (assertion.Holds(actual, ExpectedValue, this) == Not)
        {
            Fail($"{(Not ? "not " : string.Empty)}{assertion.Describe(ExpectedValue)}", ValueText.Of(actual));
        }
    }

    private void CheckThrow(object? actual)
    {
        ThrowAssertion assertion = new(ExpectedMessage, ErrorId, ExceptionType);
        ErrorRecord? error = new Scopes(this).RunInside(ThrowAssertion.Script(actual));
        if (Not)
        {
            if (error is not null)
            {
                Fail("no exception", $"\"{error.Exception.Message}\" [{error.FullyQualifiedErrorId}]");
            }
        }
        else if (error is null)
        {
            Fail(assertion.Description, "none");
        }
        else if (!assertion.Matches(error))
        {
            Fail(assertion.Description, $"\"{error.Exception.Message}\" [{error.FullyQualifiedErrorId}] of type {error.Exception.GetType()}");
        }
        else if (PassThru)
        {
            WriteObject(error);
        }
    }

    private void Fail(string expected, string actual)
    {
        string reason = Because.Length == 0 ? string.Empty : $" because {Because},";
        AssertionException failure = new($"Expected {expected},{reason} but got {actual}.");
        ThrowTerminatingError(new ErrorRecord(failure, FailedErrorId, ErrorCategory.InvalidResult, targetObject: null));
    }
}
