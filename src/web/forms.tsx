import type { Child } from 'hono/jsx';
import { Button } from './components.tsx';
import { createShared, draw } from './draw.ts';
import type { FieldErrors, FormState } from './form-parsing.ts';
import { emptyForm } from './form-parsing.ts';
import { useRequest } from './request.ts';

/**
 * Form controls in Designsystemet's markup. Inside a `PostForm` each finds what was typed and what was wrong
 * with it by its own name, so that a page writes each field once for both the empty and the failed form.
 */

type DrawnForm = FormState & {
  /** The labels of the fields in the order they are drawn: the summary on top calls them by name. */
  readonly labels: Map<string, string>;
};

const FormContext = createShared<DrawnForm>({ ...emptyForm, labels: new Map() });

type FormProps = {
  /** Where it is sent; by default to the address of the page. */
  readonly action?: string;
  /** What was typed and what was wrong, from `parseForm` or `formOf`. */
  readonly state?: FormState;
  /** Needed when the form has a `FileField`. */
  readonly files?: boolean;
  readonly id?: string;
  readonly class?: string;
  readonly children?: Child;
};

/** A form that changes something: carries the token against forged requests and lists its errors on top. */
export function PostForm({ action, state = emptyForm, files = false, id, class: name, children }: FormProps) {
  const labels = new Map<string, string>();
  const fields = <FormContext.Provider value={{ ...state, labels }}>{children}</FormContext.Provider>;
  const failed = Object.keys(state.errors).length > 0;
  // The fields are drawn before the summary that stands above them, since it needs their labels.
  const drawn: Child = failed ? draw(fields) : fields;
  return (
    <form
      method="post"
      action={action}
      id={id}
      class={name ?? 'form'}
      enctype={files ? 'multipart/form-data' : undefined}
      novalidate
    >
      <HiddenCsrf />
      {failed ? <ErrorSummary errors={state.errors} labels={labels} /> : null}
      {drawn}
    </form>
  );
}

type GetFormProps = {
  readonly action?: string;
  readonly values?: FormState['values'];
  readonly children?: Child;
};

/** A form that only asks, such as a search: its fields end up in the address. */
export function GetForm({ action, values = {}, children }: GetFormProps) {
  return (
    <form method="get" action={action} class="form" novalidate>
      <FormContext.Provider value={{ values, errors: {}, labels: new Map() }}>
        {children}
      </FormContext.Provider>
    </form>
  );
}

/** The hidden field that shows that the form came from our own page. `PostForm` has it already. */
export function HiddenCsrf() {
  const { csrf } = useRequest();
  return csrf === '' ? null : <input type="hidden" name="_csrf" value={csrf} />;
}

/** A value the form carries along unseen. */
export function HiddenField({ name, value }: { readonly name: string; readonly value: string }) {
  return <input type="hidden" name={name} value={value} />;
}

type ErrorSummaryProps = {
  readonly errors: FieldErrors;
  /** By field, in the order of the form. An error of no field is told without a link. */
  readonly labels: ReadonlyMap<string, string>;
};

/** All errors with a link to each field; gets the focus when the page opens. `PostForm` has it already. */
function ErrorSummary({ errors, labels }: ErrorSummaryProps) {
  const { t } = useRequest();
  const list = Object.entries(errors).sort(([a], [b]) => placeOf(a, labels) - placeOf(b, labels));
  return (
    <div class="ds-error-summary" tabindex={-1} autofocus role="alert" aria-labelledby="error-summary-title">
      <h2 class="ds-heading" id="error-summary-title">
        {t('web:form.errors', { count: list.length })}
      </h2>
      <ul class="ds-list">
        {list.map(([field, error]) => {
          const label = labels.get(field);
          const text = t(error.key, error.values);
          if (label === undefined) return <li>{text}</li>;
          return (
            <li>
              <a class="ds-link" href={`#${fieldId(field)}`}>
                {label === '' ? text : `${label}: ${text}`}
              </a>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function placeOf(field: string, labels: ReadonlyMap<string, string>): number {
  return [...labels.keys()].indexOf(field);
}

/** The id that a field by that name has on the page. */
function fieldId(name: string): string {
  return `field-${name.replace(/[^\w-]/gu, '-')}`;
}

export type FieldProps = {
  readonly name: string;
  readonly label: Child;
  readonly description?: Child;
  /** Fields are required unless said to be optional; an optional one says so. */
  readonly optional?: boolean;
  /** What stands in the field before anything has been typed. */
  readonly value?: string | undefined;
};

type FieldFrameProps = FieldProps & { readonly children: (ids: FieldIds) => Child };

/** What a control of one's own takes over from `Field`. */
type FieldIds = {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly 'aria-invalid': 'true' | undefined;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-required': 'true' | undefined;
};

/** Label, description and error around any one control; the others here are made with it. */
function Field({ name, label, description, optional = false, value, children }: FieldFrameProps) {
  const id = fieldId(name);
  const form = useForm(name, label);
  const invalid = Object.hasOwn(form.errors, name);
  const control: FieldIds = {
    id,
    name,
    value: typedText(form, name) ?? value ?? '',
    'aria-invalid': invalid ? 'true' : undefined,
    'aria-describedby': describedBy(id, description !== undefined, invalid),
    'aria-required': optional ? undefined : 'true',
  };
  return (
    <div class="ds-field">
      <label class="ds-label" for={id}>
        {label}
        {optional ? <OptionalMark /> : null}
      </label>
      <Description id={id} text={description} />
      {children(control)}
      <FieldError id={id} name={name} />
    </div>
  );
}

type TextFieldProps = FieldProps & {
  readonly type?: 'text' | 'email' | 'tel' | 'search' | 'url';
  readonly autocomplete?: string;
  readonly inputmode?: 'numeric' | 'decimal' | 'email' | 'tel';
  readonly maxlength?: number;
  /** Width in characters, when what is asked for has a known length. */
  readonly size?: number;
  readonly spellcheck?: boolean;
};

/** One line of text. */
export function TextField(props: TextFieldProps) {
  const { type = 'text', autocomplete = 'off', inputmode, maxlength, size, spellcheck = true } = props;
  return (
    <Field {...props}>
      {(control) => (
        <input
          {...control}
          class="ds-input"
          type={type}
          autocomplete={autocomplete}
          inputmode={inputmode}
          maxlength={maxlength}
          size={size}
          spellcheck={spellcheck}
        />
      )}
    </Field>
  );
}

/** Several lines of text. */
export function Textarea(props: FieldProps & { readonly rows?: number; readonly maxlength?: number }) {
  return (
    <Field {...props}>
      {({ value, ...control }) => (
        <textarea {...control} class="ds-input" rows={props.rows ?? 4} maxlength={props.maxlength}>
          {value}
        </textarea>
      )}
    </Field>
  );
}

type SelectProps = FieldProps & {
  readonly choices: readonly { readonly value: string; readonly label: string }[];
};

/** One of many short choices, in a list that opens. */
export function Select({ choices, ...props }: SelectProps) {
  return (
    <Field {...props}>
      {({ value, ...control }) => (
        <select {...control} class="ds-input">
          {choices.map((choice) => (
            <option value={choice.value} selected={choice.value === value}>
              {choice.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** A day, sent as YYYY-MM-DD. */
export function DateField(props: FieldProps & { readonly min?: string; readonly max?: string }) {
  return (
    <Field {...props}>
      {(control) => (
        <input {...control} class="ds-input" type="date" min={props.min} max={props.max} size={16} />
      )}
    </Field>
  );
}

export type Choice = {
  readonly value: string;
  readonly label: Child;
  readonly description?: Child;
  /** Shown, but cannot be chosen; the text says why. */
  readonly disabledReason?: string | undefined;
};

type ChoiceProps = FieldProps & { readonly choices: readonly Choice[] };

/** One of a few, all shown. */
export function RadioGroup(props: ChoiceProps) {
  const form = FormContext.read();
  const chosen = typedText(form, props.name) ?? props.value;
  return <ChoiceGroup {...props} type="radio" chosen={chosen === undefined ? [] : [chosen]} form={form} />;
}

/** Any number of a few. Sends one value per tick under the same name: read it with `formList`. */
export function CheckboxGroup(props: Omit<ChoiceProps, 'value'> & { readonly values?: readonly string[] }) {
  const form = FormContext.read();
  return (
    <ChoiceGroup
      {...props}
      type="checkbox"
      chosen={typedList(form, props.name) ?? props.values ?? []}
      form={form}
    />
  );
}

type CheckboxProps = Omit<FieldProps, 'value' | 'optional'> & { readonly checked?: boolean };

/** One thing to tick, such as an acceptance; sends `yes`. */
export function Checkbox({ name, label, description, checked = false }: CheckboxProps) {
  const form = useForm(name, label);
  const id = fieldId(name);
  const invalid = Object.hasOwn(form.errors, name);
  const ticked = isUnsent(form) ? checked : typedText(form, name) === 'yes';
  return (
    <div class="ds-field">
      <input
        class="ds-input"
        type="checkbox"
        id={id}
        name={name}
        value="yes"
        checked={ticked}
        aria-invalid={invalid ? 'true' : undefined}
        aria-describedby={describedBy(id, description !== undefined, invalid)}
      />
      <label class="ds-label" for={id}>
        {label}
      </label>
      <Description id={id} text={description} />
      <FieldError id={id} name={name} />
    </div>
  );
}

type FileFieldProps = Omit<FieldProps, 'value'> & {
  /** MIME types, such as `image/jpeg`. */
  readonly accept: readonly string[];
  readonly maxBytes: number;
  readonly multiple?: boolean;
};

/** A file to upload, with what is taken said in plain words. The form needs `files`. */
export function FileField({ accept, maxBytes, multiple = false, description, ...props }: FileFieldProps) {
  const { t } = useRequest();
  const types = accept.map((type) => (type.split('/')[1] ?? type).toUpperCase()).join(', ');
  const hint = t('web:form.fileHint', { types, megabytes: Math.floor(maxBytes / 1_000_000) });
  const text = description === undefined ? hint : [description, ' ', hint];
  return (
    <Field {...props} description={text}>
      {({ value: _value, ...control }) => (
        <input {...control} class="ds-input file" type="file" accept={accept.join(',')} multiple={multiple} />
      )}
    </Field>
  );
}

type SubmitProps = {
  readonly children?: Child;
  /** Sent with the form when this is the button pressed. */
  readonly name?: string;
  readonly value?: string;
  /** Where this button sends the form, when not where the form says: `#part` comes back to that part of the page. */
  readonly action?: string;
  readonly variant?: 'primary' | 'secondary' | 'tertiary';
  readonly color?: 'accent' | 'neutral' | 'danger';
  readonly size?: 'sm' | 'md';
  /** A letter that presses it together with the browser's own keys. */
  readonly accesskey?: string;
  /** When it may not be pressed: the reason, shown under it. */
  readonly disabledReason?: string | undefined;
};

/** The button that sends the form. */
export function SubmitButton(props: SubmitProps) {
  return <Button type="submit" {...props} />;
}

/** Several radios or ticks, or a few fields that belong together, under one heading. */
export function Fieldset(props: Omit<FieldProps, 'value'> & { readonly children?: Child }) {
  const { name, label, description, optional = false, children } = props;
  const id = fieldId(name);
  const form = useForm(name, label);
  const invalid = Object.hasOwn(form.errors, name);
  return (
    <fieldset
      class="ds-fieldset"
      id={id}
      tabindex={-1}
      aria-describedby={describedBy(id, description !== undefined, invalid)}
    >
      <legend class="ds-label">
        {label}
        {optional ? <OptionalMark /> : null}
      </legend>
      <Description id={id} text={description} />
      {children}
      <FieldError id={id} name={name} />
    </fieldset>
  );
}

type ChoiceGroupProps = Omit<ChoiceProps, 'value'> & {
  readonly type: 'radio' | 'checkbox';
  readonly chosen: readonly string[];
  readonly form: FormState;
};

function ChoiceGroup({ type, chosen, form, choices, ...field }: ChoiceGroupProps) {
  const invalid = Object.hasOwn(form.errors, field.name);
  return (
    <Fieldset {...field}>
      {choices.map((choice) => {
        const id = `${fieldId(field.name)}-${choice.value.replace(/[^\w-]/gu, '-')}`;
        const help = choice.disabledReason ?? choice.description;
        return (
          <div class="ds-field">
            <input
              class="ds-input"
              type={type}
              id={id}
              name={field.name}
              value={choice.value}
              checked={chosen.includes(choice.value)}
              disabled={choice.disabledReason !== undefined}
              aria-invalid={invalid ? 'true' : undefined}
              aria-describedby={describedBy(id, help !== undefined, false)}
            />
            <label class="ds-label" for={id}>
              {choice.label}
            </label>
            <Description id={id} text={help} />
          </div>
        );
      })}
    </Fieldset>
  );
}

/** The form around a field, which learns the field's label. */
function useForm(name: string, label: Child): DrawnForm {
  const form = FormContext.read();
  if (!form.labels.has(name)) form.labels.set(name, typeof label === 'string' ? label : '');
  return form;
}

function isUnsent(form: FormState): boolean {
  return form.values === emptyForm.values;
}

function OptionalMark() {
  const { t } = useRequest();
  return <span class="optional"> ({t('web:form.optional')})</span>;
}

function Description({ id, text }: { readonly id: string; readonly text: Child | undefined }) {
  if (text === undefined) return null;
  return (
    <p data-field="description" id={`${id}-description`}>
      {text}
    </p>
  );
}

function FieldError({ id, name }: { readonly id: string; readonly name: string }) {
  const { t } = useRequest();
  const error = FormContext.read().errors[name];
  if (error === undefined) return null;
  return (
    <p class="ds-validation-message" data-field="validation" id={`${id}-error`}>
      {t(error.key, error.values)}
    </p>
  );
}

function describedBy(id: string, description: boolean, invalid: boolean): string | undefined {
  const ids = [...(description ? [`${id}-description`] : []), ...(invalid ? [`${id}-error`] : [])];
  return ids.length === 0 ? undefined : ids.join(' ');
}

function typedList(form: FormState, name: string): readonly string[] | undefined {
  // A failed form with no tick says nothing of the group: then none were ticked.
  return form.values[name] ?? (isUnsent(form) ? undefined : []);
}

function typedText(form: FormState, name: string): string | undefined {
  return form.values[name]?.[0];
}
